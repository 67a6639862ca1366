using Kilometers.Processes;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>The user's browser.</summary>
internal static class Browser
{
    /// <summary>What opens an address either says at once that it cannot, or becomes the browser and runs for as long as that.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Opens an address, where there is a screen and a program that does it. The browser outlives km.</summary>
    public static async Task<bool> TryOpenAsync(string url, TimeProvider time, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux() && !Has("DISPLAY") && !Has("WAYLAND_DISPLAY"))
            return false;
        var opener = OperatingSystem.IsMacOS() ? "open" : "xdg-open";
        var command = OperatingSystem.IsWindows()
            ? new ChildCommand { FileName = "rundll32", Arguments = ["url.dll,FileProtocolHandler", url] }
            : new ChildCommand { FileName = "/bin/sh", Arguments = ["-c", $"exec {opener} \"$1\" </dev/null >/dev/null 2>&1", "sh", url] };
        try
        {
            using var child = ChildProcess.Start(command);
            return await child.Exited.WaitAsync(Limit, time, cancellationToken).ConfigureAwait(false) is { Code: 0, Signal: null };
        }
        catch (TimeoutException)
        {
            return true;
        }
        catch (ChildStartException)
        {
            return false;
        }
    }

    private static bool Has(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
