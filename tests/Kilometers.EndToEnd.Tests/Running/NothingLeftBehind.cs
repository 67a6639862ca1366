using System.Diagnostics;
using Kilometers.EndToEnd.Tests.Running;

[assembly: AssemblyFixture(typeof(NothingLeftBehind))]

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>After the last test no host of any of them runs: what a session started ends with it, whatever went wrong.</summary>
public sealed class NothingLeftBehind : IAsyncDisposable
{
    /// <summary>What all processes have in their environment that inherit this one's.</summary>
    private const string Mark = "KM_TESTS_OF";

    public NothingLeftBehind() => Environment.SetEnvironmentVariable(Mark, $"{Environment.ProcessId}");

    public async ValueTask DisposeAsync()
    {
        var watch = Stopwatch.StartNew();
        while (Left().Count > 0 && watch.Elapsed < Wait.Limit)
            await Task.Delay(100);
        Assert.Empty(Left());
    }

    private static List<string> Left() =>
        [.. Processes.HostsWith($"{Mark}={Environment.ProcessId}\0").Select(id => $"{id}: {Processes.CommandOf(id)}")];
}
