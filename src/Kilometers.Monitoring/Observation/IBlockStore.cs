namespace Kilometers.Monitoring.Observation;

/// <summary>Blocks of bytes outside of memory, first in, first out. Called by one thread.</summary>
public interface IBlockStore : IDisposable
{
    /// <summary>Appends a block.</summary>
    /// <param name="content">The block.</param>
    /// <returns>False if it has reached its limit: nothing was written.</returns>
    /// <exception cref="IOException">It could not be written; what was there before is as it was.</exception>
    bool TryWrite(ReadOnlySpan<byte> content);

    /// <summary>Takes the oldest block away.</summary>
    /// <returns>The block.</returns>
    /// <exception cref="InvalidDataException">It is not what was written. It is gone all the same.</exception>
    /// <exception cref="IOException">It cannot be read. It is gone all the same.</exception>
    byte[] Read();
}
