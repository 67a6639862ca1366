using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Reading;

/// <summary>One version of a server's tool, prompt, resource or template.</summary>
public sealed record DefinitionVersion
{
    /// <summary>Its row in the file.</summary>
    public required long Id { get; init; }

    /// <summary>The server's label.</summary>
    public required string Server { get; init; }

    /// <summary><c>tool</c>, <c>prompt</c>, <c>resource</c> or <c>template</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of its content.</summary>
    public required string Hash { get; init; }

    /// <summary>The size of its content in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The definition as JSON; null where it was not asked for.</summary>
    public string? Content { get; init; }

    /// <summary>When it was first seen.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it was last seen.</summary>
    public required DateTimeOffset LastSeen { get; init; }
}

/// <summary>Reads every version of every definition that servers announced.</summary>
public static class DefinitionHistory
{
    private const string Columns = "id, server, kind, name, hash, length(CAST(content AS BLOB)), first_seen, last_seen";

    /// <summary>The pages of one listing come within this time.</summary>
    private static readonly TimeSpan ListingTime = TimeSpan.FromMinutes(1);

    /// <summary>All versions without their content, by server, kind and name; of each the newest first.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="server">Only of this server; null: of all.</param>
    public static IReadOnlyList<DefinitionVersion> All(RecordingReader reader, string? server = null) => Select(reader, server, "NULL");

    /// <summary>The same with their content.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="server">Only of this server; null: of all.</param>
    public static IReadOnlyList<DefinitionVersion> AllWithContent(RecordingReader reader, string? server = null) =>
        Select(reader, server, "content");

    /// <summary>One version and all others of the same definition, the newest first, with their content.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="id">The version's row.</param>
    public static IReadOnlyList<DefinitionVersion> VersionsOf(RecordingReader reader, long id)
    {
        ArgumentNullException.ThrowIfNull(reader);
        using var statement = reader.Database.Prepare(
            $"SELECT {Columns}, content FROM definitions WHERE (server, kind, name) ="
                + " (SELECT server, kind, name FROM definitions WHERE id = ?) ORDER BY last_seen DESC, first_seen DESC, id DESC"
        );
        return Read(statement.Bind(0, id));
    }

    /// <summary>
    /// Those of a time: of each definition the version that was listed last until then, unless a listing of its kind after that did not
    /// have it.
    /// </summary>
    /// <param name="versions">All versions of one server's definitions.</param>
    /// <param name="time">The time.</param>
    public static IReadOnlyList<DefinitionVersion> At(IReadOnlyList<DefinitionVersion> versions, DateTimeOffset time)
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

        DateTimeOffset Seen(DefinitionVersion version) => version.LastSeen < time ? version.LastSeen : time;
    }

    private static List<DefinitionVersion> Select(RecordingReader reader, string? server, string content)
    {
        ArgumentNullException.ThrowIfNull(reader);
        using var statement = reader.Database.Prepare(
            $"SELECT {Columns}, {content} FROM definitions WHERE ?1 IS NULL OR server = ?1"
                + " ORDER BY server, kind, name, last_seen DESC, first_seen DESC, id DESC"
        );
        return Read(statement.Bind(0, server));
    }

    private static List<DefinitionVersion> Read(Statement rows)
    {
        var versions = new List<DefinitionVersion>();
        while (rows.Step())
            versions.Add(
                new DefinitionVersion
                {
                    Id = rows.Number(0),
                    Server = rows.Text(1) ?? "",
                    Kind = rows.Text(2) ?? "",
                    Name = rows.Text(3) ?? "",
                    Hash = rows.Text(4) ?? "",
                    Size = rows.Number(5),
                    FirstSeen = FileTime.Time(rows.Number(6)),
                    LastSeen = FileTime.Time(rows.Number(7)),
                    Content = rows.Text(8),
                }
            );
        return versions;
    }
}
