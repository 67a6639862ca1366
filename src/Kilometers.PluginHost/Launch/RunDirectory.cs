using System.Security.Cryptography;

namespace Kilometers.PluginHost.Launch;

/// <summary>
/// The session's private directory (mode 0700) for plugin sockets. Its path is short because a socket's path may have no more than
/// 107 bytes (103 on macOS). Deleted with the session; the guardian deletes it if km is killed.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private const int LongestBase = 58;

    private RunDirectory(string path) => Path = path;

    public string Path { get; }

    /// <exception cref="IOException">No directory could be made.</exception>
    public static RunDirectory Create()
    {
        var parent = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        if (string.IsNullOrEmpty(parent) || parent.Length > LongestBase || !Directory.Exists(parent)) parent = System.IO.Path.GetTempPath();
        if (parent.Length > LongestBase && !OperatingSystem.IsWindows()) parent = "/tmp";
        var path = System.IO.Path.Combine(parent, "km-" + RandomNumberGenerator.GetHexString(10, lowercase: true));
        CreatePrivate(path);
        return new RunDirectory(path);
    }

    /// <summary>A directory for one plugin below this one.</summary>
    public string ForPlugin(int number)
    {
        var path = System.IO.Path.Combine(Path, "p" + number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        CreatePrivate(path);
        return path;
    }

    /// <summary>The folder within a plugin's directory that it may write in.</summary>
    public static string CreateSocketFolder(string pluginDirectory)
    {
        var path = System.IO.Path.Combine(pluginDirectory, "s");
        CreatePrivate(path);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A plugin that is being killed may still hold something; the guardian and the system's own cleaning come later.
        }
    }

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
