using System.Runtime.InteropServices;

namespace Kilometers.Cli;

/// <summary>
/// The system's certificate authorities. Plugins are verified against our own roots alone, but on Linux .NET reads all of the system's
/// (120 ms) before it builds its first chain, whatever the policy says.
/// </summary>
internal static partial class SystemRoots
{
    /// <summary>Leaves them unread, for the rest of this process. Only for commands that use no network and start no other program.</summary>
    public static void Leave()
    {
        if (!OperatingSystem.IsLinux())
            return;

        // .NET's own environment is a copy that OpenSSL does not see. Failure costs time, nothing else.
        foreach (var variable in new[] { "SSL_CERT_DIR", "SSL_CERT_FILE" })
            _ = SetEnvironment(variable, "/nonexistent", 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
