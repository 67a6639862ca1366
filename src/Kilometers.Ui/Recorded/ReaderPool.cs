using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;

namespace Kilometers.Ui.Recorded;

/// <summary>
/// Readers of the file, each for one request at a time. One is not kept for long: the file may be deleted, set aside, or only be made later.
/// </summary>
internal sealed class ReaderPool(string folder, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private const int MaxIdle = 4;
    private const int MaxInUse = 8;

    private readonly Lock _gate = new();
    private readonly Stack<(RecordingReader Reader, long Opened)> _idle = new();
    private readonly SemaphoreSlim _slots = new(MaxInUse);

    /// <summary>Uses a reader, on a thread of the pool: SQLite blocks.</summary>
    /// <exception cref="RecordingException">There is no file, or it cannot be read.</exception>
    public async Task<T> UseAsync<T>(Func<RecordingReader, T> action, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Use(action), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>A reader that its caller keeps and disposes.</summary>
    /// <exception cref="RecordingException">There is no file, or it cannot be read.</exception>
    public RecordingReader Open() => RecordingReader.Open(folder);

    /// <summary>The next reader opens the file again: it may have been brought to this version.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            while (_idle.TryPop(out var one))
                one.Reader.Dispose();
        }
    }

    public void Dispose()
    {
        Forget();
        _slots.Dispose();
    }

    private T Use<T>(Func<RecordingReader, T> action)
    {
        var (reader, opened) = Take();
        T result;
        try
        {
            result = action(reader);
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        lock (_gate)
        {
            if (_idle.Count < MaxIdle)
            {
                _idle.Push((reader, opened));
                return result;
            }
        }

        reader.Dispose();
        return result;
    }

    private (RecordingReader Reader, long Opened) Take()
    {
        lock (_gate)
        {
            while (_idle.TryPop(out var one))
            {
                if (time.GetElapsedTime(one.Opened) < MaxAge)
                    return one;
                one.Reader.Dispose();
            }
        }

        return (Open(), time.GetTimestamp());
    }
}
