using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kilometers.Cli.Output;

namespace Kilometers.Api.Administration;

/// <summary>How a member of an answer is written.</summary>
internal enum AdminFormat
{
    Text = 0,
    Time,
    Bytes,
    Number,
}

/// <summary>A column of a table.</summary>
/// <param name="Title">Its header.</param>
/// <param name="Member">The member of the answer, with dots between where it is one of a member.</param>
/// <param name="Rank">What is left out first where the terminal is too narrow: the highest; 0 never is.</param>
/// <param name="Format">How it is written.</param>
internal sealed record AdminColumn(string Title, string Member, int Rank = 0, AdminFormat Format = AdminFormat.Text);

/// <summary>Shows an answer to people: a list as a table, one record as lines of a name and a value.</summary>
/// <param name="List">The member that is the list; null: the answer is one record.</param>
/// <param name="Columns">The columns of the list.</param>
internal sealed record AdminView(string? List, params AdminColumn[] Columns)
{
    private const int MaxText = 200;

    public static AdminView Record { get; } = new(List: null);

    public static AdminView Customers { get; } =
        new(
            "customers",
            new("ID", "id"),
            new("NAME", "name"),
            new("TIER", "tier"),
            new("SUSPENDED", "suspendedAt", 1, AdminFormat.Time),
            new("CREATED", "createdAt", 2, AdminFormat.Time)
        );

    public static AdminView Keys { get; } =
        new(
            "keys",
            new("ID", "id"),
            new("NAME", "name"),
            new("CREATED", "createdAt", 3, AdminFormat.Time),
            new("EXPIRES", "expiresAt", 2, AdminFormat.Time),
            new("REVOKED", "revokedAt", 1, AdminFormat.Time)
        );

    public static AdminView Releases { get; } =
        new(
            "releases",
            new("NAME", "name"),
            new("VERSION", "version"),
            new("PLATFORM", "platform"),
            new("TIER", "requiredTier", 1),
            new("SEQUENCE", "releaseSequence", 3, AdminFormat.Number),
            new("PUBLISHED", "createdAt", 2, AdminFormat.Time),
            new("ID", "id", 4)
        );

    public static AdminView KmReleases { get; } =
        new(
            "releases",
            new("VERSION", "version"),
            new("PLATFORM", "platform"),
            new("SIZE", "size", 1, AdminFormat.Bytes),
            new("PUBLISHED", "publishedAt", 2, AdminFormat.Time),
            new("SHA-256", "sha256", 3)
        );

    public static AdminView Builds { get; } =
        new(
            "builds",
            new("ID", "id"),
            new("PLUGIN", "release.name"),
            new("VERSION", "release.version"),
            new("CUSTOMER", "customerId"),
            new("CURRENT", "isCurrent", 1),
            new("REVOKED", "revokedAt", 1, AdminFormat.Time),
            new("SIZE", "size", 3, AdminFormat.Bytes),
            new("CREATED", "createdAt", 2, AdminFormat.Time)
        );

    public static AdminView Issuers { get; } =
        new(
            "keys",
            new("ID", "id"),
            new("CREATED", "createdAt", 1, AdminFormat.Time),
            new("ACTIVATED", "activatedAt", 0, AdminFormat.Time),
            new("RETIRED", "retiredAt", 0, AdminFormat.Time)
        );

    public static AdminView Audit { get; } =
        new(
            "lines",
            new("TIME", "time", 0, AdminFormat.Time),
            new("EVENT", "event"),
            new("DECISION", "decision", 2),
            new("CODE", "code", 1),
            new("PLUGIN", "plugin", 3),
            new("DETAIL", "detail"),
            new("NODE", "node", 4)
        );

    public static AdminView Events { get; } =
        new(
            "events",
            new("TIME", "timestamp", 0, AdminFormat.Time),
            new("DIRECTION", "direction", 2),
            new("KIND", "kind"),
            new("METHOD", "method"),
            new("NAME", "name", 1),
            new("SERVER", "server", 3),
            new("SIZE", "size", 1, AdminFormat.Bytes),
            new("SESSION", "sessionId", 4)
        );

    /// <summary>Lays an answer out.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="width">The terminal's columns; null: nothing is cut.</param>
    /// <param name="hasColors">Whether to colour headers.</param>
    /// <param name="ellipsis">What stands where something was cut.</param>
    public IReadOnlyList<string> Format(JsonNode answer, int? width, bool hasColors, string ellipsis)
    {
        if (List is null)
            return Lines(answer, hasColors);
        var rows = answer[List]?.AsArray() ?? [];
        if (rows.Count == 0)
            return ["None"];
        return ColumnTable.Format(
            [.. Columns.Select(column => new Column(column.Title, column.Rank, column.Format is AdminFormat.Bytes or AdminFormat.Number))],
            [
                .. rows.Select(row =>
                    (IReadOnlyList<Cell>)[.. Columns.Select(column => (Cell)Text(Member(row, column.Member), column.Format))]
                ),
            ],
            indent: 0,
            width,
            hasColors,
            ellipsis
        );
    }

    private static List<string> Lines(JsonNode answer, bool hasColors)
    {
        var members = Flat(answer, "").ToList();
        var longest = members.Select(member => member.Name.Length).DefaultIfEmpty().Max();
        return
        [
            .. members.Select(member =>
                $"{(hasColors ? $"\u001b[1m{member.Name}\u001b[0m" : member.Name)}{new string(' ', longest - member.Name.Length)}  {member.Value}"
            ),
        ];
    }

    private static IEnumerable<(string Name, string Value)> Flat(JsonNode answer, string before)
    {
        foreach (var (name, value) in answer.AsObject())
        {
            var title = before + Words(name);
            if (value is JsonObject inner)
            {
                foreach (var member in Flat(inner, title + " "))
                    yield return member;
            }
            else if (value is JsonArray { Count: > 0 } list && list.All(each => each is JsonObject))
            {
                yield return (title, $"{list.Count}");
            }
            else
            {
                yield return (
                    title,
                    Text(
                        value,
                        name.EndsWith("At", StringComparison.Ordinal) || name is "expires" or "after" or "before"
                            ? AdminFormat.Time
                            : AdminFormat.Text
                    )
                );
            }
        }
    }

    private static JsonNode? Member(JsonNode? row, string path) => path.Split('.').Aggregate(row, (node, name) => node?[name]);

    private static string Text(JsonNode? value, AdminFormat format) =>
        value switch
        {
            null => Units.None,
            JsonArray { Count: 0 } => Units.None,
            JsonArray list => string.Join(' ', list.Select(each => Text(each, format))),
            _ when format == AdminFormat.Bytes => Units.Bytes(value.GetValue<long>()),
            _ when format == AdminFormat.Time
                    && value.GetValueKind() == System.Text.Json.JsonValueKind.String
                    && DateTimeOffset.TryParse(
                        value.GetValue<string>(),
                        CultureInfo.InvariantCulture,
                        DateTimeStyles.AssumeUniversal,
                        out var time
                    ) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            _ => value.GetValueKind() switch
            {
                System.Text.Json.JsonValueKind.True => "yes",
                System.Text.Json.JsonValueKind.False => "no",
                _ => TerminalText.Line(value.ToString(), MaxText),
            },
        };

    /// <summary><c>featuresAdded</c> as words: <c>features added</c>.</summary>
    private static string Words(string name)
    {
        var words = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c))
                words.Append(' ');
            words.Append(char.ToLowerInvariant(c));
        }

        return words.ToString();
    }
}
