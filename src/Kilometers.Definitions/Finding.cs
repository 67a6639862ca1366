using System.Text.Json.Serialization;

namespace Kilometers.Definitions;

/// <summary>How much a finding matters.</summary>
[JsonConverter(typeof(CamelCaseEnum<Severity>))]
public enum Severity
{
    /// <summary>Worth knowing.</summary>
    Low,

    /// <summary>Look at it.</summary>
    Medium,

    /// <summary>Stop and look at it.</summary>
    High,
}

/// <summary>Something guard found. It has no secret in it: evidence is masked before it becomes one.</summary>
public sealed record Finding
{
    /// <summary>Sessions of a finding that are kept; those that had it longest ago go first.</summary>
    public const int MaxSeen = 20;

    /// <summary>The stable code, such as <c>GRD_TXT_001</c>.</summary>
    public required string Code { get; init; }

    /// <summary>How much it matters.</summary>
    public required Severity Severity { get; init; }

    /// <summary>What it was found in, such as <c>tool 'add', description</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>What it is, in one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>The text that shows it, made visible and masked.</summary>
    public required string Evidence { get; init; }

    /// <summary>What to do.</summary>
    public required string Advice { get; init; }

    /// <summary>A keyed hash of a secret, by which the same one is recognised; null where it is not about a secret.</summary>
    public string? Hash { get; init; }

    /// <summary>When it was first found.</summary>
    public DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it was last found.</summary>
    public DateTimeOffset LastSeen { get; init; }

    /// <summary>In how many sessions.</summary>
    public int Sessions { get; init; }

    /// <summary>The session that found it last.</summary>
    public string? Session { get; init; }

    /// <summary>The position in that session of the call that it was found in: of its request; null: it is not about a call.</summary>
    public long? Call { get; init; }

    /// <summary>The sessions that found it, the latest at the end; max <see cref="MaxSeen"/>. Null in files of older versions.</summary>
    public IReadOnlyList<FindingSession>? Seen { get; init; }

    /// <summary>The same, whatever version wrote it.</summary>
    public IReadOnlyList<FindingSession> SeenIn() => Seen ?? (Session is { } session ? [new FindingSession(session, Call, LastSeen)] : []);

    /// <summary>The finding, found again.</summary>
    /// <param name="session">The session.</param>
    /// <param name="call">The position of the call; null: it is not about one.</param>
    /// <param name="now">The time.</param>
    internal Finding Again(string session, long? call, DateTimeOffset now)
    {
        var others = SeenIn().Where(one => one.Session != session).ToList();
        return this with
        {
            LastSeen = now,
            Session = session,
            Call = call,
            Sessions = Sessions + (others.Count == SeenIn().Count ? 1 : 0),
            Seen = [.. others.TakeLast(MaxSeen - 1), new FindingSession(session, call, now)],
        };
    }

    /// <summary>Whether two findings are the same one, found again.</summary>
    /// <param name="other">The other.</param>
    public bool IsSameAs(Finding other) =>
        other is not null
        && Code == other.Code
        && Subject == other.Subject
        && Hash == other.Hash
        && (Hash is not null || Evidence == other.Evidence);
}
