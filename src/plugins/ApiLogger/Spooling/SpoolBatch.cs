namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>Records that follow each other.</summary>
/// <param name="Records">The contents; may be none.</param>
/// <param name="Ends">Where each ends.</param>
/// <param name="Damaged">Of each, how many damaged places lie before its end, from the batch's beginning on.</param>
internal sealed record SpoolBatch(
    IReadOnlyList<ReadOnlyMemory<byte>> Records,
    IReadOnlyList<SpoolPosition> Ends,
    IReadOnlyList<int> Damaged
);
