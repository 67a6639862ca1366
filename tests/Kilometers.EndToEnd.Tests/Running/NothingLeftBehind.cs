using Kilometers.EndToEnd.Tests.Running;

[assembly: AssemblyFixture(typeof(NothingLeftBehind))]

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>After the last test no host of any of them runs: what a session started ends with it, whatever went wrong.</summary>
public sealed class NothingLeftBehind : IDisposable
{
    private const string Variable = "KM_TESTS_OF";

    /// <summary>What all processes have in their environment that inherit this one's.</summary>
    private static readonly string Mark = $"{Variable}={Environment.ProcessId}\0";

    public NothingLeftBehind() => Environment.SetEnvironmentVariable(Variable, $"{Environment.ProcessId}");

    public void Dispose()
    {
        Processes.WaitForHosts(Mark);
        Assert.Empty(Processes.HostsWith(Mark).Select(id => $"{id}: {Processes.CommandOf(id)}"));
    }
}
