using System.CommandLine.Completions;
using Kilometers.Cli.Output;
using Kilometers.PluginHost.Installation;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>What a shell can complete from the recorder's file. Where it cannot be read, there is nothing.</summary>
internal static class RecordedNames
{
    private const int MaxSessions = 50;

    /// <summary>The newest sessions.</summary>
    public static IEnumerable<CompletionItem> Sessions(CompletionContext _) =>
        Read(sessions =>
            sessions
                .Select(session => new CompletionItem(session.ShortId, detail: $"{session.Server}, {Units.Time(session.Started)}"))
                .Prepend(new CompletionItem("last"))
        );

    /// <summary>The labels of the servers of the newest sessions.</summary>
    public static IEnumerable<CompletionItem> Servers(CompletionContext _) =>
        Read(sessions =>
            sessions
                .Select(session => session.Server)
                .OfType<string>()
                .Distinct()
                .Order(StringComparer.Ordinal)
                .Select(name => new CompletionItem(name))
        );

    /// <summary>Filters, with the values that were recorded.</summary>
    public static IEnumerable<CompletionItem> Filters(CompletionContext _)
    {
        var words = FilterText.Completions.Select(word => new CompletionItem(word));
        return words.Concat(
            Read(
                (reader, sessions) =>
                    [
                        .. Values("tool:", DefinitionHistory.All(reader).Where(one => one.Kind == "tool").Select(one => one.Name)),
                        .. Values("server:", sessions.Select(session => session.Server)),
                        .. Values("client:", sessions.Select(session => session.Client)),
                    ]
            )
        );
    }

    /// <summary>Filters, servers and sessions: what <c>km logs</c> takes.</summary>
    public static IEnumerable<CompletionItem> Words(CompletionContext context) =>
        Filters(context).Concat(Servers(context)).Concat(Sessions(context));

    private static IEnumerable<CompletionItem> Values(string filter, IEnumerable<string?> values) =>
        values
            .OfType<string>()
            .Where(value => value.Length > 0 && !value.Any(char.IsWhiteSpace))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select(value => new CompletionItem(filter + value));

    private static IEnumerable<CompletionItem> Read(Func<IReadOnlyList<RecordedSession>, IEnumerable<CompletionItem>> items) =>
        Read((_, sessions) => items(sessions));

    private static IEnumerable<CompletionItem> Read(
        Func<RecordingReader, IReadOnlyList<RecordedSession>, IEnumerable<CompletionItem>> items
    )
    {
        try
        {
            var paths = PluginPaths.Default();
            if (paths.HomeProblem is not null)
                return [];
            using var reader = RecordingReader.Open(RecordingAccess.Folder(paths));
            return [.. items(reader, reader.Sessions(limit: MaxSessions))];
        }
        catch (Exception e) when (e is RecordingException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
