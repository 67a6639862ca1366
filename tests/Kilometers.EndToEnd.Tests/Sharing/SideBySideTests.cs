using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.EndToEnd.Tests.Updates;

namespace Kilometers.EndToEnd.Tests.Sharing;

/// <summary>Hosts that run at the same time and must not meet: of two versions of km, of two users, and of relays that cannot see one another's.</summary>
public sealed class SideBySideTests
{
    private const string AsNobody = "exec setpriv --reuid 64999 --regid 64999 --clear-groups \"$@\"";

    [Fact]
    public async Task Two_versions_of_km_with_one_home_have_a_host_each_and_one_audit_log()
    {
        Assert.SkipUnless(Programs.ArePublished, "the build's km of another version must lie in the same folder");
        using var old = new InstalledKm();
        var folder = Modes.Folder(old.Home.File("next"));
        Write(Path.Combine(folder, "km"), old.Program("1.0.1"));
        Write(Path.Combine(folder, KmRelease.ProgramsBeside("1.0.1", "linux")[0]), old.Host("1.0.1"));
        Assert.Equal(0, (await old.Home.RunAsync("plugins", "install", old.Home.ConsoleLogger(), "--yes")).Status);

        await using var first = Start(old.Path, old.Home.Environment);
        await using var second = Start(Path.Combine(folder, "km"), old.Home.Environment);
        await AllShowTheirOwnAsync(first, second);
        Assert.Equal(
            [KmRelease.ProgramsBeside("1.0.0", "linux")[0], KmRelease.ProgramsBeside("1.0.1", "linux")[0]],
            Processes.HostsOf(old.Home.Path).Select(host => Path.GetFileName(new FileInfo($"/proc/{host}/exe").LinkTarget)).Order()
        );
        await first.EndAsync();
        await second.EndAsync();
        Processes.WaitForHostsOf(old.Home.Path);
        var (status, _, errors) = await old.Home.RunAsync("audit", "verify");
        Assert.True(status == 0, errors);
    }

    [Fact]
    public async Task Two_users_have_a_host_each_and_neither_reaches_the_others()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "becoming another user takes root");
        using var workspace = new Workspace();
        Modes.Set(workspace.Folder, Modes.Mine | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        var (mine, theirs) = (Modes.Folder(workspace.File("mine")), Modes.Folder(workspace.File("theirs")));
        Assert.Equal(0, await Commands.RunAsync("chown", "64999:64999", theirs));
        await using var first = Start(Programs.Km, HomeAt(mine), WithLogger);
        await using var second = Start("bash", HomeAt(theirs), ["-c", AsNobody, "-", Programs.Km, .. WithLogger]);
        await AllShowTheirOwnAsync(first, second);
        Assert.Equal(("0", "64999"), (UserOf(Assert.Single(Processes.HostsOf(mine))), UserOf(Assert.Single(Processes.HostsOf(theirs)))));

        // Somebody who names the other's directory gets a session, and not the other's host.
        await using var intruder = Start("bash", HomeAt(mine), ["-c", AsNobody, "-", Programs.Km, .. WithLogger]);
        await intruder.EchoAsync(0);
        await intruder.EndAsync();
        Assert.Single(Processes.HostsOf(mine), host => UserOf(host) == "0");
        await first.EndAsync();
        await second.EndAsync();
        foreach (var home in (string[])[mine, theirs])
            Processes.WaitForHostsOf(home);
    }

    [Fact]
    public async Task A_relay_in_a_network_namespace_uses_the_running_host_and_one_that_cannot_see_it_has_its_own()
    {
        using var workspace = new Workspace();
        var home = Modes.Folder(workspace.File("home"));
        await using var first = Start(Programs.Km, HomeAt(home), WithLogger);
        await first.SaysAsync("✓ console-logger");
        var host = Assert.Single(Processes.HostsOf(home));
        await using var second = Start("bwrap", HomeAt(home), ["--dev-bind", "/", "/", "--unshare-net", "--", Programs.Km, .. WithLogger]);
        Assert.SkipWhen(await IsRefusedAsync(second), "namespaces cannot be made here");
        await AllShowTheirOwnAsync(first, second);
        Assert.Equal(host, Assert.Single(Processes.HostsOf(home)));

        await using var third = Start("bwrap", HomeAt(home), ["--dev-bind", "/", "/", "--tmpfs", home, "--", Programs.Km, .. WithLogger]);
        await AllShowTheirOwnAsync(first, third);
        Assert.Equal(2, Processes.HostsOf(home).Count());
        foreach (var session in (KmProcess[])[first, second, third])
            await session.EndAsync();
        Processes.WaitForHostsOf(home);
    }

    private static IReadOnlyList<string> WithLogger =>
        ["monitor", "--dev-plugin", Programs.ConsoleLogger, "--server", "--", .. Conversation.Server];

    private static KmProcess Start(
        string program,
        IReadOnlyDictionary<string, string> environment,
        IEnumerable<string>? arguments = null
    ) => KmProcess.Start(program, arguments ?? ["monitor", "--server", "--", .. Conversation.Server], environment);

    private static Dictionary<string, string> HomeAt(string path) =>
        new()
        {
            ["KM_HOME"] = path,
            ["HOME"] = path,
            ["KM_HOST"] = "",
        };

    private static async Task AllShowTheirOwnAsync(params KmProcess[] sessions)
    {
        for (var number = 0; number < sessions.Length; number++)
        {
            await sessions[number].EchoAsync((number + 1) * 100, 5);
            await sessions[number].SaysAsync($"tools/call echo ok id={((number + 1) * 100) + 4} ");
        }

        Assert.DoesNotContain("id=200 ", sessions[0].Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("id=100 ", sessions[1].Errors, StringComparison.Ordinal);
    }

    private static async Task<bool> IsRefusedAsync(KmProcess session)
    {
        await Wait.ForAsync(() => session.Errors.Length > 0, "a word");
        return session.Errors.Contains("bwrap:", StringComparison.Ordinal);
    }

    private static string UserOf(int process) =>
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];

    private static void Write(string path, byte[] program)
    {
        File.WriteAllBytes(path, program);
        Modes.Set(path, Modes.Mine);
    }
}
