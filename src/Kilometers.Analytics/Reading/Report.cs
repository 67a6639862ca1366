namespace Kilometers.Analytics.Reading;

/// <summary>What a report is about; what is null does not matter.</summary>
public sealed record ReportScope
{
    /// <summary>Hours that end before then are left out.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only sessions with this server.</summary>
    public string? Server { get; init; }

    /// <summary>Only this session.</summary>
    public CollectedSession? Session { get; init; }
}

/// <summary>The figures of some sessions.</summary>
public sealed record Report
{
    /// <summary>What it is about.</summary>
    public required ReportScope Scope { get; init; }

    /// <summary>All calls.</summary>
    public required CallFigures Total { get; init; }

    /// <summary>The sessions with traffic, the newest first.</summary>
    public required IReadOnlyList<CollectedSession> Sessions { get; init; }

    /// <summary>Servers, those with the most calls first.</summary>
    public required IReadOnlyList<ServerFigures> Servers { get; init; }

    /// <summary>Tools, those with the most calls first.</summary>
    public required IReadOnlyList<ToolFigures> Tools { get; init; }

    /// <summary>Methods, those with the most calls first.</summary>
    public required IReadOnlyList<MethodFigures> Methods { get; init; }

    /// <summary>Clients, those with the most calls first.</summary>
    public required IReadOnlyList<ClientFigures> Clients { get; init; }

    /// <summary>What was unusual, the newest first.</summary>
    public IReadOnlyList<Anomaly> Anomalies { get; init; } = [];

    /// <summary>Hours with calls, the first first.</summary>
    public required IReadOnlyList<HourFigures> Hours { get; init; }
}

/// <summary>A server.</summary>
public sealed record ServerFigures
{
    /// <summary>Its label.</summary>
    public required string Server { get; init; }

    /// <summary>Its sessions.</summary>
    public required int Sessions { get; init; }

    /// <summary>Sessions that ended with a failure of the server.</summary>
    public required int Crashed { get; init; }

    /// <summary>The middle of the times until its first answer; null: not known.</summary>
    public required TimeSpan? Startup { get; init; }

    /// <summary>The longest time until its first answer.</summary>
    public required TimeSpan? SlowestStartup { get; init; }

    /// <summary>Answers whose requests are not known.</summary>
    public required long Unmatched { get; init; }

    /// <summary>Items that nobody could look at.</summary>
    public required long Missed { get; init; }

    /// <summary>The tools that it listed last, by name.</summary>
    public required IReadOnlyList<OfferedTool> Offered { get; init; }

    /// <summary>Those of them that were not called.</summary>
    public required IReadOnlyList<OfferedTool> NeverUsed { get; init; }

    /// <summary>Its calls.</summary>
    public required CallFigures Figures { get; init; }
}

/// <summary>A tool.</summary>
/// <param name="Server">Its server.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sessions">The sessions that called it.</param>
/// <param name="Figures">Its calls.</param>
public sealed record ToolFigures(string Server, string Name, int Sessions, CallFigures Figures);

/// <summary>A method.</summary>
/// <param name="IsFromServer">Whether the server asked the client.</param>
/// <param name="Method">The method.</param>
/// <param name="Figures">Its calls.</param>
public sealed record MethodFigures(bool IsFromServer, string Method, CallFigures Figures);

/// <summary>A client.</summary>
/// <param name="Client">Its name; empty: it did not say.</param>
/// <param name="Sessions">Its sessions.</param>
/// <param name="Figures">Its calls.</param>
public sealed record ClientFigures(string Client, int Sessions, CallFigures Figures);

/// <summary>An hour.</summary>
/// <param name="Start">When it begins.</param>
/// <param name="Figures">Its calls.</param>
public sealed record HourFigures(DateTimeOffset Start, CallFigures Figures);

/// <summary>Calls of an hour.</summary>
/// <param name="Key">The hour, and which calls.</param>
/// <param name="Server">Their server.</param>
/// <param name="Client">Their client; empty: it did not say.</param>
/// <param name="Figures">Their figures.</param>
public sealed record HourlyFigures(HourKey Key, string Server, string Client, CallFigures Figures);
