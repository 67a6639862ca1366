namespace Kilometers.Plugin.Sdk.Observing;

/// <summary>Something that went wrong in observing the session; the session itself goes on.</summary>
public sealed class ObservedError
{
    /// <summary>What kind of error: <c>parse_error</c>, <c>correlation_lost</c> …</summary>
    public string Type { get; init; } = "";

    /// <summary>One sentence. May quote the message: may contain anything.</summary>
    public string Message { get; init; } = "";

    /// <summary>The direction it concerns.</summary>
    public MessageDirection Direction { get; init; }

    /// <summary>The position in the session, rising; the same number again means the same item, delivered again after a crash. 0 under contract version 1.</summary>
    public ulong Sequence { get; init; }

    /// <summary>When it was noticed, in UTC.</summary>
    public DateTimeOffset Time { get; init; }
}
