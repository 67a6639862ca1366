using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>What a plugin found in a session: an alarm of analytics, or a finding of guard. Texts are the plugin's own: hostile, but masked.</summary>
public sealed record PluginFinding
{
    /// <summary>The plugin.</summary>
    public required string Plugin { get; init; }

    /// <summary>Its stable name, such as <c>slower</c> or <c>GRD_TXT_001</c>.</summary>
    public required string Code { get; init; }

    /// <summary>How much it matters; an alarm is <see cref="Severity.Medium"/>.</summary>
    public required Severity Severity { get; init; }

    /// <summary>km's own id of the session.</summary>
    public required string Session { get; init; }

    /// <summary>The position in the session of the request of the call that it was found with; 0: it is about no call.</summary>
    public required long Call { get; init; }

    /// <summary>The server's label.</summary>
    public required string Server { get; init; }

    /// <summary>The tool; null: it is not about one.</summary>
    public required string? Tool { get; init; }

    /// <summary>When it was found.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What it is, in one sentence without a full stop.</summary>
    public required string Text { get; init; }

    /// <summary>The text that shows it; null: the sentence says it.</summary>
    public string? Evidence { get; init; }

    /// <summary>What to do; null: nobody knows.</summary>
    public string? Advice { get; init; }
}
