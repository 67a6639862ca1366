using System.Security.Cryptography;
using System.Text;

namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>The folders of all processes of one user, of those that run and of dead ones.</summary>
/// <param name="path">The directory; made where it is missing.</param>
/// <param name="limits">How large all of it may become. Several processes that grow at once may exceed it by a segment each.</param>
internal sealed class SpoolDirectory(string path, SpoolLimits limits)
{
    private const int MaxAdopted = 16;

    /// <summary>Folders that were adopted: one that cannot be removed is not adopted for ever.</summary>
    private readonly HashSet<string> _adopted = [];

    /// <summary>Opens the folder of a process that begins.</summary>
    /// <param name="id">Its name; what cannot be the name of a folder becomes a digest.</param>
    /// <exception cref="IOException">The directory cannot be used.</exception>
    public SpoolFolder Open(string id)
    {
        SpoolFiles.CreateDirectory(path);
        var name = NameOf(id);
        // Another process may have adopted what one of that name left before a crash, and be sending it.
        for (var attempt = 1; attempt <= 100; attempt++)
        {
            var folder = Path.Combine(path, attempt == 1 ? name : $"{name}-{attempt}");
            SpoolFiles.CreateDirectory(folder);
            if (TryOpen(folder) is { } opened)
                return opened;
        }
        throw new IOException($"No folder below {path} can be locked.");
    }

    /// <summary>Takes over what processes left that are gone, the oldest first; some at a time, as each keeps a file open; each once.</summary>
    public IReadOnlyList<SpoolFolder> Adopt()
    {
        var adopted = new List<SpoolFolder>();
        foreach (var folder in Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal))
        {
            if (_adopted.Contains(folder) || TryOpen(folder) is not { } opened)
                continue;
            _adopted.Add(folder);
            adopted.Add(opened);
            if (adopted.Count == MaxAdopted)
                break;
        }
        return adopted;
    }

    private SpoolFolder? TryOpen(string folder)
    {
        if (SpoolFiles.TryLock(folder) is not { } held)
            return null;
        try
        {
            return new SpoolFolder(folder, held, limits, () => SizeWithout(folder));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            return null;
        }
    }

    private long SizeWithout(string folder)
    {
        try
        {
            return Directory.EnumerateDirectories(path).Where(other => other != folder).Sum(SpoolFiles.Size);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string NameOf(string id) =>
        id.Length is > 0 and <= 64 && id.All(static value => char.IsAsciiLetterOrDigit(value) || value == '-')
            ? id
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16));
}
