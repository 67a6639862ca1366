using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Reading;

/// <summary>A version of a tool, prompt, resource or resource template.</summary>
/// <param name="Kind"><c>tool</c>, <c>prompt</c>, <c>resource</c> or <c>template</c>.</param>
/// <param name="Name">Its name; of a resource its URI.</param>
/// <param name="Content">The JSON, as the server sent it.</param>
/// <param name="FirstSeen">When it was listed first.</param>
/// <param name="LastSeen">When it was listed last.</param>
public sealed record RecordedDefinition(string Kind, string Name, string Content, DateTimeOffset FirstSeen, DateTimeOffset LastSeen);

/// <summary>What servers offered, and when. It outlives the sessions.</summary>
public static class DefinitionHistory
{
    /// <summary>The pages of one listing come within this time.</summary>
    private static readonly TimeSpan ListingTime = TimeSpan.FromMinutes(1);

    /// <summary>Every version of every definition of a server.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="server">The server's label.</param>
    public static IReadOnlyList<RecordedDefinition> Of(RecordingReader reader, string server)
    {
        ArgumentNullException.ThrowIfNull(reader);
        using var rows = reader.Database.Prepare(
            "SELECT kind, name, content, first_seen, last_seen FROM definitions WHERE server = ? ORDER BY kind, name, first_seen"
        );
        rows.Bind(0, server);
        var versions = new List<RecordedDefinition>();
        while (rows.Step())
            versions.Add(
                new RecordedDefinition(
                    rows.Text(0) ?? "",
                    rows.Text(1) ?? "",
                    rows.Text(2) ?? "",
                    FileTime.Time(rows.Number(3)),
                    FileTime.Time(rows.Number(4))
                )
            );
        return versions;
    }

    /// <summary>
    /// Those of a time: of each definition the version that was listed last until then, unless a listing of its kind after that did not
    /// have it.
    /// </summary>
    /// <param name="versions">All versions of a server's definitions.</param>
    /// <param name="time">The time.</param>
    public static IReadOnlyList<RecordedDefinition> At(IReadOnlyList<RecordedDefinition> versions, DateTimeOffset time)
    {
        var known = versions.Where(version => version.FirstSeen <= time).ToList();
        var listed = known.GroupBy(version => version.Kind).ToDictionary(group => group.Key, group => group.Max(Seen));
        return
        [
            .. known
                .GroupBy(version => (version.Kind, version.Name))
                .Select(group => group.OrderBy(Seen).ThenBy(version => version.FirstSeen).Last())
                .Where(version => listed[version.Kind] - Seen(version) <= ListingTime),
        ];

        DateTimeOffset Seen(RecordedDefinition version) => version.LastSeen < time ? version.LastSeen : time;
    }
}
