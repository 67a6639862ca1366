using System.Globalization;
using Kilometers.Link.Connection;

namespace Kilometers.Cli.Serving;

/// <summary>What happens in the host and concerns no single session: <c>run/host.log</c> in the directory of km.</summary>
internal static class HostLog
{
    private const long MaxSize = 256 * 1024;

    public static void Write(Exception e)
    {
        try
        {
            if (HostAddress.FindHome() is not { } home)
                return;
            var path = Path.Combine(home, "run", "host.log");
            if (new FileInfo(path) is { Exists: true, Length: > MaxSize })
                File.Move(path, path + ".1", overwrite: true);
            File.AppendAllText(
                path,
                string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():u} {Environment.ProcessId} {e}\n")
            );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The sessions matter more.
        }
    }
}
