using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.PluginHost.Launch;

/// <summary>
/// A private directory of this process (mode 0700), where plugins are unpacked, started and make their sockets. Where it is made is found out
/// by trying: a place that is missing, full, read-only, mounted noexec, somebody else's, or open to everybody is passed over. Its path is
/// short because a socket's path may have no more than 107 bytes (103 on macOS). Deleted at the end; the guardian deletes it if km
/// is killed.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private const int MaxParentBytes = 58;

    private int _plugins;

    private RunDirectory(string path) => Path = path;

    public string Path { get; }

    /// <summary>Makes one in the first place that will do: what the environment names, then the usual ones. One with little room only if there is no better.</summary>
    /// <param name="home">The user's directory of km; null where it must not be used.</param>
    /// <exception cref="KmException"><c>PLG_RUN_012</c>: no place will do.</exception>
    public static RunDirectory Create(string? home) => Create(Places(home));

    internal static RunDirectory Create(IEnumerable<string?> places)
    {
        var failures = new List<string>();
        string? small = null;
        foreach (var place in places.OfType<string>().Where(place => place.Length > 0).Distinct(StringComparer.Ordinal))
        {
            if (Try(place, out var path) is { } why)
                failures.Add($"{place}: {why}");
            else if (small is null && !ProgramFolder.HasRoom(path))
                small = path;
            else
            {
                if (small is not null)
                    Delete(small);
                return new RunDirectory(path);
            }
        }

        return small is not null
            ? new RunDirectory(small)
            : throw new KmException(
                new KmError(
                    ErrorCode.NoRunDirectory,
                    "Plugins cannot run: there is no directory to unpack and start them in",
                    string.Join('\n', failures),
                    "Set TMPDIR to a directory of your own that is not mounted noexec and has 64 MB free."
                )
            );
    }

    /// <summary>A directory for one plugin's process below this one.</summary>
    public string ForPlugin()
    {
        var number = Interlocked.Increment(ref _plugins);
        var path = System.IO.Path.Combine(Path, "p" + number.ToString(CultureInfo.InvariantCulture));
        PrivateFile.CreateDirectory(path);
        return path;
    }

    /// <summary>The folder within a plugin's directory that it may write in.</summary>
    public static string CreateSocketFolder(string pluginDirectory)
    {
        var path = System.IO.Path.Combine(pluginDirectory, "s");
        PrivateFile.CreateDirectory(path);
        return path;
    }

    public void Dispose() => Delete(Path);

    /// <summary>Deletes a directory of plugins, whatever they did to keep it.</summary>
    public static void Delete(string path)
    {
        try
        {
            DirectoryTree.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A plugin that is being killed may still hold something; the session's end deletes the whole, and the system's own cleaning comes later.
        }
    }

    /// <summary>Memory last: what plugins unpack there counts against the machine's.</summary>
    private static IEnumerable<string?> Places(string? home)
    {
        if (OperatingSystem.IsWindows())
        {
            yield return System.IO.Path.GetTempPath();
            yield break;
        }

        yield return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        yield return Environment.GetEnvironmentVariable("TMPDIR");
        yield return "/tmp";
        if (home is not null)
            yield return System.IO.Path.Combine(home, "run");
        yield return "/var/tmp";
        if (OperatingSystem.IsLinux())
            yield return "/dev/shm";
    }

    /// <returns>Why it will not do; null if it will.</returns>
    private static string? Try(string parent, out string path)
    {
        path = System.IO.Path.Combine(parent, "km-" + RandomNumberGenerator.GetHexString(10, lowercase: true));
        if (!System.IO.Path.IsPathFullyQualified(parent))
            return "it is not an absolute path";
        if (parent.Any(c => char.IsControl(c) || c == '|'))
            return "its path has a character that would end a field or the line of a plugin's handshake";
        if (!OperatingSystem.IsWindows() && Encoding.UTF8.GetByteCount(parent) > MaxParentBytes)
            return $"its path is too long for sockets (more than {MaxParentBytes} bytes)";
        if (TrustedPath.WhyUntrustedParent(parent) is { } untrusted)
            return untrusted;
        try
        {
            if (!Directory.Exists(parent))
                return "there is no such directory";
            PrivateFile.CreateTrustedDirectory(path);
            if (ProgramFolder.WhyUnusable(path) is not { } why)
                return null;
            Delete(path);
            return why;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
