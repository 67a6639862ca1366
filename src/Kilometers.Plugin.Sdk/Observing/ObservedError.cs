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

    /// <summary>When it was noticed, in UTC.</summary>
    public DateTimeOffset Time { get; init; }
}
