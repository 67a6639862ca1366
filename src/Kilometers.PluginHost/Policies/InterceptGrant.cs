using Kilometers.Contracts;

namespace Kilometers.PluginHost.Policies;

/// <summary>That a plugin decides about requests before the server sees them: which plugin, and which requests. Only the administrator's.</summary>
internal sealed record InterceptGrant
{
    /// <summary>How long a plugin may take where the policy does not say it.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromMilliseconds(50);

    public required PluginRule Plugin { get; init; }

    /// <summary>Globs of methods.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>Globs of tools: of <c>tools/call</c>, only calls of these; null: of all.</summary>
    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>How long a request is held.</summary>
    public TimeSpan Deadline { get; init; } = DefaultDeadline;

    /// <summary>Whether a request is stopped about which nobody decided; else it passes.</summary>
    public bool IsClosed { get; init; } = true;

    /// <param name="method">The method of a request.</param>
    /// <param name="name">The tool that it calls; null where it names none, or cannot be told.</param>
    public bool Concerns(string method, string? name) =>
        Methods.Any(glob => MethodGlob.Matches(glob, method))
        && (Tools is null || method != "tools/call" || name is null || Tools.Any(glob => MethodGlob.Matches(glob, name)));

    public override string ToString() =>
        FormattableString.Invariant(
            $"{Plugin}: {string.Join(", ", Methods)}{(Tools is null ? "" : $" (tools {string.Join(", ", Tools)})")}, {Deadline.TotalMilliseconds:0} ms, then {(IsClosed ? "closed" : "open")}"
        );
}
