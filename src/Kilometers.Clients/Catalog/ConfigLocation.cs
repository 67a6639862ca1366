using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Catalog;

/// <summary>A place where a client keeps servers.</summary>
/// <param name="File">The file: a folder of <see cref="ClientMachine"/> in braces, then its path. A part may have a <c>*</c>.</param>
/// <param name="Servers">The names that lead to the servers, from the outside in; <c>*</c> is any name.</param>
internal sealed record ConfigLocation(string File, params IReadOnlyList<string> Servers)
{
    public ConfigFormat Format { get; init; } = ConfigFormat.Json;

    public EntryShape Shape { get; init; } = EntryShape.Usual;

    /// <summary>
    /// What the client holds while it writes the file: a folder or a file of this name beside it, made and deleted each time. Null where it
    /// holds nothing.
    /// </summary>
    public string? Lock { get; init; }

    /// <summary>Whether it is a project's: a file that is meant to be committed, so it names no path of this machine.</summary>
    public bool IsProject => File.StartsWith("{project}", StringComparison.Ordinal);
}
