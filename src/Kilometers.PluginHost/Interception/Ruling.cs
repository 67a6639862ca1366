using Kilometers.Contracts;

namespace Kilometers.PluginHost.Interception;

/// <summary>What one plugin's grant means for one call. The zero value stops it.</summary>
internal enum RulingKind
{
    /// <summary>Nobody decided, and policy stops what is undecided.</summary>
    StopUndecided = 0,

    /// <summary>The plugin stops it.</summary>
    Stop,

    /// <summary>Nobody decided, and policy lets pass what is undecided.</summary>
    PassUndecided,

    /// <summary>The plugin lets it pass.</summary>
    Pass,
}

/// <summary>A decision about a call, and why.</summary>
internal sealed record Ruling
{
    public required RulingKind Kind { get; init; }

    /// <summary>Who decided, or should have.</summary>
    public required string Plugin { get; init; }

    /// <summary>Why, in words.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether the model gets a result that says it, rather than the client an error.</summary>
    public bool Replaces { get; init; }

    /// <summary>Whether it is not this call that was stopped, but another one of its batch.</summary>
    public bool IsOfBatch { get; init; }

    /// <summary>Whether the server does not get it.</summary>
    public bool Stops => Kind is RulingKind.Stop or RulingKind.StopUndecided;

    /// <summary>The code of what is reported.</summary>
    public string Code =>
        Kind switch
        {
            RulingKind.Stop => ErrorCode.RequestStopped,
            RulingKind.StopUndecided => ErrorCode.RequestUndecided,
            _ => ErrorCode.RequestUnchecked,
        };

    /// <summary>What the client reads.</summary>
    public string Message =>
        IsOfBatch ? $"km stopped this request, because another one of its batch was stopped: {(this with { IsOfBatch = false }).Message}"
        : Kind == RulingKind.Stop ? $"Plugin '{Plugin}' stopped this request before it reached the server: {Reason}"
        : $"km stopped this request before it reached the server: plugin '{Plugin}' {Reason}, and policy stops what is undecided";
}
