using Kilometers.Files;

namespace Kilometers.Clients.Changes;

/// <summary>
/// The lock that a client takes while it writes its file: a name beside it that is made and deleted each time. One that is older than
/// clients hold it is left over, and does not count.
/// </summary>
internal sealed class ClientLock : IDisposable
{
    /// <summary>After which clients take a lock for left over.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly string? _held;

    private ClientLock(string? held) => _held = held;

    /// <summary>Takes it, or waits until the client has let go.</summary>
    /// <param name="file">The client's file.</param>
    /// <param name="name">The lock's name; null: the client has none.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="Contracts.KmException">The client holds it for too long.</exception>
    public static ClientLock Take(string file, string? name, TimeProvider time)
    {
        if (name is null)
            return new ClientLock(null);
        var path = Path.Combine(Path.GetDirectoryName(file)!, name);
        for (var start = time.GetTimestamp(); ; Thread.Sleep(Pause))
        {
            if (ExclusiveFolder.TryCreate(path))
                return new ClientLock(path);
            if (Path.Exists(path) && time.GetUtcNow() - File.GetLastWriteTimeUtc(path) > Stale)
                return new ClientLock(null);
            if (time.GetElapsedTime(start) > Limit)
                throw ClientErrors.Locked(file, path);
        }
    }

    public void Dispose()
    {
        try
        {
            if (_held is not null)
                Directory.Delete(_held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A client took it for left over.
        }
    }
}
