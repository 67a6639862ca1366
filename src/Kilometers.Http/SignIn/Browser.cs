using Kilometers.Processes;

namespace Kilometers.Http.SignIn;

/// <summary>The user's browser.</summary>
internal static class Browser
{
    /// <summary>Opens an address, if there is a program that does. It outlives km.</summary>
    /// <param name="address">The address.</param>
    /// <param name="secrets">Variables that it does not get.</param>
    public static void TryOpen(Uri address, IEnumerable<string> secrets)
    {
        var url = address.AbsoluteUri;
        var command = new ChildCommand
        {
            FileName = "",
            Environment = Tool.EnvironmentWithout([.. Credentials.CredentialStores.KeyVariables, .. secrets]),
        };
        try
        {
            if (OperatingSystem.IsWindows())
            {
                using var child = ChildProcess.Start(
                    command with
                    {
                        FileName = "rundll32",
                        Arguments = ["url.dll,FileProtocolHandler", url],
                    }
                );
                return;
            }

            // The shell has nothing to interpret: the address is its argument.
            var opener = OperatingSystem.IsMacOS() ? "open" : "${BROWSER:-xdg-open}";
            using var nothing = File.OpenHandle("/dev/null");
            DetachedProcess.Start(command with { FileName = "/bin/sh", Arguments = ["-c", $"exec {opener} \"$1\"", "sh", url] }, nothing);
        }
        catch (Exception e) when (e is ChildStartException or IOException)
        {
            // The user has the address in the log.
        }
    }
}
