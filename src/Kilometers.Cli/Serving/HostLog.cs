using System.Globalization;
using System.Text;
using Kilometers.Files;
using Kilometers.Link.Connection;

namespace Kilometers.Cli.Serving;

/// <summary>What happens in the host and concerns no single session: <c>run/host.log</c> in the directory of km.</summary>
internal static class HostLog
{
    private const long MaxSize = 256 * 1024;

    public static void Write(Exception e)
    {
        if (HostAddress.FindHome() is { } home)
            Write(Path.Combine(home, "run"), e);
    }

    /// <param name="folder">Where the log is.</param>
    /// <param name="e">What happened.</param>
    internal static void Write(string folder, Exception e)
    {
        try
        {
            var path = Path.Combine(folder, "host.log");
            if (new FileInfo(path) is { Exists: true, Length: > MaxSize })
                File.Move(path, path + ".1", overwrite: true);
            var line = string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():u} {Environment.ProcessId} {e}\n");
            using var file = PrivateFile.OpenNoFollow(path, FileAccess.Write, create: true);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(line), RandomAccess.GetLength(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The sessions matter more.
        }
    }
}
