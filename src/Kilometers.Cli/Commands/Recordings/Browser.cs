using Kilometers.Processes;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>The user's browser.</summary>
internal static class Browser
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Opens an address, where there is a screen and a program that does it.</summary>
    public static bool TryOpen(string url, TimeProvider time)
    {
        string[] command =
            OperatingSystem.IsWindows() ? ["rundll32", "url.dll,FileProtocolHandler", url]
            : OperatingSystem.IsMacOS() ? ["open", url]
            : ["xdg-open", url];
        if (OperatingSystem.IsLinux() && !Has("DISPLAY") && !Has("WAYLAND_DISPLAY"))
            return false;
        try
        {
            var tool = new Tool(new ChildCommand { FileName = command[0], Arguments = command[1..] }, Limit, maxBytes: 0, time);
            return tool.Run(default).IsSuccess;
        }
        catch (ChildStartException)
        {
            return false;
        }
    }

    private static bool Has(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
