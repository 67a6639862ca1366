using OpenTelemetry.PersistentStorage.Abstractions;
using OpenTelemetry.PersistentStorage.FileSystem;

namespace Kilometers.Plugins.Otel.Exporting;

/// <summary>What is sent, each with a service and a path of its own at the collector.</summary>
internal enum Signal
{
    Traces,
    Metrics,
}

/// <summary>
/// Requests to the collector that wait on disk: they outlive this process. Bounded in bytes and in days; what does not fit is counted and
/// lost.
/// </summary>
internal sealed class DiskQueue : IDisposable
{
    private const int LeaseMilliseconds = 120_000;
    private const int MaintenanceMilliseconds = 60_000;
    private const long Week = 7L * 24 * 60 * 60 * 1000;

    private readonly Dictionary<Signal, FileBlobProvider> _folders;
    private readonly Dictionary<Signal, Queue<PersistentBlob>> _known = [];
    private readonly SemaphoreSlim _added = new(0);
    private long _lost;

    /// <param name="folder">Where; other processes of the plugin may use it, too.</param>
    /// <param name="size">Bytes for each signal.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public DiskQueue(string folder, long size)
    {
        _folders = Enum.GetValues<Signal>()
            .ToDictionary(
                signal => signal,
                signal =>
                {
                    var path = Path.Combine(folder, signal.ToString().ToLowerInvariant());
                    if (OperatingSystem.IsWindows())
                        Directory.CreateDirectory(path);
                    else
                        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                    return new FileBlobProvider(path, size, MaintenanceMilliseconds, Week);
                }
            );
        foreach (var signal in _folders.Keys)
            _known[signal] = new Queue<PersistentBlob>();
    }

    /// <summary>Requests that were lost because there was no room, or the disk did not take them.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Keeps a request.</summary>
    public bool TryAdd(Signal signal, byte[] request)
    {
        if (!_folders[signal].TryCreateBlob(request.AsSpan(), out _))
        {
            Interlocked.Increment(ref _lost);
            return false;
        }

        // Once is enough: who waits takes all there is.
        if (_added.CurrentCount == 0)
            _added.Release();
        return true;
    }

    /// <summary>
    /// Requests of one signal in one, which nobody else gets for a while. Two requests after each other are one with the content of both:
    /// so it is with all messages of protobuf whose fields are lists. To be called by one thread.
    /// </summary>
    /// <param name="maxBytes">Where to stop; one request is taken in any case.</param>
    /// <returns>Null if there is none.</returns>
    public QueuedRequest? Take(int maxBytes)
    {
        foreach (var signal in _folders.Keys)
        {
            using var content = new MemoryStream();
            var blobs = new List<PersistentBlob>();
            while ((blobs.Count == 0 || content.Length < maxBytes) && Next(signal) is { } blob)
            {
                if (!blob.TryLease(LeaseMilliseconds))
                    continue;
                if (blob.TryRead(out var part))
                {
                    content.Write(part);
                    blobs.Add(blob);
                }
                else
                {
                    blob.TryDelete();
                }
            }

            if (blobs.Count > 0)
                return new QueuedRequest(signal, content.ToArray(), blobs);
        }

        return null;
    }

    /// <summary>Waits until something is added, or for a while.</summary>
    public Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken) => _added.WaitAsync(limit, cancellationToken);

    public void Dispose()
    {
        foreach (var folder in _folders.Values)
            folder.Dispose();
        _added.Dispose();
    }

    /// <summary>The oldest; the folder is read again only when all that was in it has been taken.</summary>
    private PersistentBlob? Next(Signal signal)
    {
        var known = _known[signal];
        if (known.Count == 0)
            foreach (var blob in _folders[signal].GetBlobs().OrderBy(blob => (blob as FileBlob)?.FullPath, StringComparer.Ordinal))
                known.Enqueue(blob);
        return known.TryDequeue(out var next) ? next : null;
    }
}

/// <summary>Requests that were taken out of the queue, but are still on disk.</summary>
/// <param name="Signal">What they are.</param>
/// <param name="Content">All of them.</param>
/// <param name="Blobs">Their files.</param>
internal sealed record QueuedRequest(Signal Signal, byte[] Content, IReadOnlyList<PersistentBlob> Blobs)
{
    /// <summary>The collector has them, or never will.</summary>
    public void Delete()
    {
        foreach (var blob in Blobs)
            blob.TryDelete();
    }

    /// <summary>They may be taken again at once, by whomever. Otherwise that takes as long as they are leased.</summary>
    public void Return()
    {
        foreach (var blob in Blobs.OfType<FileBlob>())
        {
            try
            {
                // "2026….blob@2026….lock"
                if (blob.FullPath.LastIndexOf('@') is > 0 and var at)
                    File.Move(blob.FullPath, blob.FullPath[..at]);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is free when its lease is over.
            }
        }
    }
}
