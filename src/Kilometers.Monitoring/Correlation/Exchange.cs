namespace Kilometers.Monitoring.Correlation;

/// <summary>How a message hangs together with others.</summary>
public readonly record struct Exchange
{
    /// <summary>One number per request and its response, unique in the session, from 1.</summary>
    public ulong Number { get; init; }

    /// <summary>Of a response: the sequence of its request; 0 if that was not seen.</summary>
    public ulong RequestSequence { get; init; }

    /// <summary>Of a response: the time since its request was read; null if that was not seen.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Of a response: the request's method.</summary>
    public string? Method { get; init; }

    /// <summary>Of a response: the request's tool, prompt or resource.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Of a response: whether it could belong to more than one request, because its id is null or several requests carry it. Which one is not
    /// known, so nothing is said about any.
    /// </summary>
    public bool IsAmbiguous { get; init; }

    /// <summary>Of a request that continues an <c>input_required</c> call: that call's number; else 0.</summary>
    public ulong RetryOf { get; init; }
}
