using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>km as process 1, as in a container without an init: it inherits every orphan.</summary>
public sealed class InitProcessTests
{
    // Each orphan has lost its parent before it ends. What is left of it is counted until nothing is, or for a while.
    private const string Server = """
        for i in 1 2 3 4 5 6 7 8 9 10; do sh -c 'sleep 0.2 & exit'; done
        n=0
        while :; do
          left=$(grep -lE '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l)
          orphans=$(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^sleep$')
          n=$((n + 1))
          if [ "$left$orphans" = 00 ] || [ $n = 600 ]; then break; fi
          read -r -t 0.1 line
        done
        echo "{\"jsonrpc\":\"2.0\",\"method\":\"left\",\"params\":{\"zombies\":$left,\"orphans\":$orphans}}"
        cat
        exit 5
        """;

    [Fact]
    public async Task With_a_plugin_it_leaves_no_zombies_of_orphans_and_ends_as_its_server()
    {
        using var workspace = new Workspace();
        await using var km = KmProcess.Start(
            "bwrap",
            [
                .. (string[])["--dev-bind", "/", "/", "--proc", "/proc", "--unshare-pid", "--as-pid-1", "--"],
                Programs.Km,
                .. (string[])["monitor", "--dev-plugin", Programs.ConsoleLogger, "--", "bash", "-c", Server],
            ],
            new Dictionary<string, string> { ["KM_HOME"] = workspace.File("home") }
        );
        await Wait.ForAsync(() => km.Errors.Length > 0, "a word");
        Assert.SkipWhen(km.Errors.Contains("bwrap:", StringComparison.Ordinal), "namespaces cannot be made here");
        Assert.Equal("""{"jsonrpc":"2.0","method":"left","params":{"zombies":0,"orphans":0}}""", await km.ReadLineAsync());
        await km.SaysAsync("← left");
        Assert.Equal(5, await km.FinishAsync());
    }
}
