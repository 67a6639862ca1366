using System.Text.Json.Serialization;
using Kilometers.Clients.Servers;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Wrap;

/// <summary>A server as <c>km wrap status --json</c> prints it.</summary>
/// <param name="Client">The client.</param>
/// <param name="Server">The server's name.</param>
/// <param name="State">Its <see cref="EntryState"/>, beginning with a small letter.</param>
/// <param name="Reason">Why km leaves it as it is.</param>
/// <param name="IsOff">Whether the client has it turned off.</param>
/// <param name="IsProject">Whether its file is a project's.</param>
/// <param name="File">Its file.</param>
/// <param name="Path">The names that lead to it in the file.</param>
internal sealed record ServerListing(
    string Client,
    string Server,
    string State,
    string? Reason,
    bool IsOff,
    bool IsProject,
    string File,
    IReadOnlyList<string> Path
)
{
    public static ServerListing From(FoundConfig config, ServerEntry entry) =>
        new(
            config.Client.Name,
            entry.Name,
            char.ToLowerInvariant(entry.State.ToString()[0]) + entry.State.ToString()[1..],
            entry.Reason,
            entry.IsOff,
            entry.Location.IsProject,
            config.File,
            entry.Path
        );
}

/// <summary>What <c>km wrap status --json</c> prints.</summary>
/// <param name="Servers">All servers of all clients.</param>
/// <param name="Problems">Files that cannot be read.</param>
internal sealed record WrapStatusReport(IReadOnlyList<ServerListing> Servers, IReadOnlyList<KmError> Problems);

/// <summary>What became of one file.</summary>
/// <param name="Client">The client.</param>
/// <param name="File">Its file.</param>
/// <param name="Servers">The servers whose entries are changed.</param>
/// <param name="Diff">The change, secrets hidden.</param>
/// <param name="IsChanged">Whether it was written.</param>
/// <param name="Backup">The file as it was before.</param>
/// <param name="Error">Why it was not written.</param>
internal sealed record FileListing(
    string Client,
    string File,
    IReadOnlyList<string> Servers,
    IReadOnlyList<string> Diff,
    bool IsChanged,
    string? Backup,
    KmError? Error
);

/// <summary>What <c>km wrap --json</c> and <c>km unwrap --json</c> print.</summary>
/// <param name="Action"><c>wrap</c> or <c>unwrap</c>.</param>
/// <param name="Files">The files with something to change.</param>
/// <param name="Unchanged">Servers that were left as they are.</param>
/// <param name="Problems">What could not be done.</param>
internal sealed record ChangeReport(
    string Action,
    IReadOnlyList<FileListing> Files,
    IReadOnlyList<ServerListing> Unchanged,
    IReadOnlyList<KmError> Problems
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(WrapStatusReport))]
[JsonSerializable(typeof(ChangeReport))]
internal sealed partial class WrapJsonContext : JsonSerializerContext;
