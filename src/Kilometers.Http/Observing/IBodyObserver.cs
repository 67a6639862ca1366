namespace Kilometers.Http.Observing;

/// <summary>Sees the bytes of a body as they pass, in order; calls never overlap.</summary>
internal interface IBodyObserver
{
    /// <summary>Bytes that have passed. The memory is only valid during the call.</summary>
    void Take(ReadOnlySpan<byte> bytes);

    /// <summary>The body is over.</summary>
    /// <param name="isWhole">Whether all of it has passed.</param>
    /// <returns>Completes when all of it was observed, which may be later.</returns>
    Task EndAsync(bool isWhole);
}
