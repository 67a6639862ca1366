using Kilometers.Cli.Output;
using Kilometers.Clients.Servers;

namespace Kilometers.Cli.Commands.Wrap;

/// <summary>Clients, servers and files in words.</summary>
internal static class ServerWords
{
    public static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    public static string Of(ServerEntry entry) =>
        entry.State switch
        {
            EntryState.NotWrapped => "not wrapped",
            EntryState.Wrapped => "wrapped",
            EntryState.WrappedByAnother => "wrapped by another km",
            EntryState.BrokenPath => "broken path",
            EntryState.Refused => "refused by policy",
            EntryState.LeftAlone => "left alone",
            _ => "unknown",
        };

    public static Cell Cell(ServerEntry entry) =>
        new(
            Of(entry),
            entry.State switch
            {
                EntryState.Wrapped => "32",
                EntryState.BrokenPath or EntryState.Refused => "31",
                EntryState.WrappedByAnother => "33",
                _ => null,
            }
        );

    public static string Detail(ServerEntry entry) =>
        string.Join(
            "; ",
            new[]
            {
                entry.Reason,
                entry.State switch
                {
                    EntryState.BrokenPath or EntryState.WrappedByAnother => Program(entry),
                    _ => null,
                },
                entry.IsOff ? "turned off" : null,
            }.OfType<string>()
        );

    /// <summary>State and detail in one.</summary>
    public static string Why(ServerEntry entry) => Detail(entry) is { Length: > 0 } detail ? $"{Of(entry)}: {detail}" : Of(entry);

    /// <summary>A path as its user writes it.</summary>
    public static string Short(string path, string home) =>
        path.StartsWith(home + "/", StringComparison.Ordinal) ? "~" + path[home.Length..] : path;

    private static string Program(ServerEntry entry) =>
        entry.Command!.Words[0] is var program && entry.Command.Words[1].EndsWith("km.dll", StringComparison.OrdinalIgnoreCase)
            ? entry.Command.Words[1]
            : program;
}
