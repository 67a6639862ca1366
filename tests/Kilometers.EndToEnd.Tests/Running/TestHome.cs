using System.Runtime.CompilerServices;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>The directory of km that all tests share, unless they bring their own: never the developer's.</summary>
internal static class TestHome
{
    [ModuleInitializer]
    internal static void Create()
    {
        var folder = Directory.CreateTempSubdirectory("km-e2e-home-").FullName;
        Environment.SetEnvironmentVariable("KM_HOME", folder);

        // A test that looks for what is left need not wait for a host that waits for another session.
        Environment.SetEnvironmentVariable("KM_HOST_LINGER", "0");

        // Tests that share this directory share nothing else. Those with a directory of their own have a host for all of its sessions.
        Environment.SetEnvironmentVariable("KM_HOST", "private");

        // A machine that is busy with other tests keeps nobody's last words.
        Environment.SetEnvironmentVariable("KM_END_WAIT", "60");

        // Reading the system's certificate authorities takes each host 100 ms of processor time. Those who need some say so.
        foreach (var variable in Builds.Trust.Keys)
            Environment.SetEnvironmentVariable(variable, "/dev/null");

        // The real km looks at the real clock.
        TestAuthority.Start = TimeProvider.System.GetUtcNow().AddDays(-30);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
