using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>
/// Broken surroundings: where the server alone runs, it runs under km, with the same bytes and the same exit status. What km cannot do
/// there costs observation, and one line says why.
/// </summary>
public sealed class SurroundingsTests
{
    private const string Unobserved = "MON_RES_001";
    private const string NoHost = "MON_HST_002";
    private const string Messages =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n";
    private const string Server = "sh -c 'while read -r line; do echo \"$line\"; done; exit 5'";

    // The build's km runs on CoreCLR, which does not itself start in some of these.
    private const bool NativeOnly = true;

    public static TheoryData<string, string, string?, bool> Surroundings =>
        new()
        {
            { "no file may be written", "ulimit -f 0; exec", null, NativeOnly },
            { "files may have 20 KiB", "ulimit -f 20; exec", null, NativeOnly },
            { "files may have 4000 KiB", "ulimit -f 4000; exec", null, NativeOnly },
            { "500 MB of address space", "ulimit -v 500000; exec", Unobserved, NativeOnly },
            { "1 GB of address space", "ulimit -v 1000000; exec", Unobserved, NativeOnly },
            { "2 GB of address space", "ulimit -v 2000000; exec", Unobserved, NativeOnly },
            { "500 MB of data", "ulimit -d 500000; exec", Unobserved, NativeOnly },
            { "a small stack", "ulimit -s 200; exec", Unobserved, NativeOnly },
            { "32 open files", "ulimit -n 32; exec", Unobserved, NativeOnly },
            { "100 open files", "ulimit -n 100; exec", Unobserved, !NativeOnly },
            {
                "4 processes",
                "exec setpriv --reuid 64999 --regid 64999 --clear-groups bash -c 'ulimit -u 4; exec \"$@\"' -",
                Unobserved,
                NativeOnly
            },
            {
                "8 processes",
                "exec setpriv --reuid 64999 --regid 64999 --clear-groups bash -c 'ulimit -u 8; exec \"$@\"' -",
                Unobserved,
                NativeOnly
            },
            {
                "20 processes",
                "exec setpriv --reuid 64999 --regid 64999 --clear-groups bash -c 'ulimit -u 20; exec \"$@\"' -",
                Unobserved,
                NativeOnly
            },
            {
                "32 processes",
                "exec setpriv --reuid 64999 --regid 64999 --clear-groups bash -c 'ulimit -u 32; exec \"$@\"' -",
                Unobserved,
                NativeOnly
            },
            { "no core files", "ulimit -c 0; exec", null, !NativeOnly },
            { "no locked memory", "ulimit -l 0; exec", null, !NativeOnly },
            { "no queued signals", "ulimit -i 0; exec", null, NativeOnly },
            { "the working directory is gone", "d=$(mktemp -d); cd $d; rmdir $d; exec", null, NativeOnly },
            {
                "the working directory is closed to km",
                "d=$(mktemp -d); cd $d; chmod 0 $d; exec setpriv --reuid 64999 --regid 64999 --clear-groups",
                null,
                NativeOnly
            },
            { "an empty environment", "exec env -i KM_HOME=\"$KM_HOME\"", null, NativeOnly },
            { "no PATH", "unset PATH; exec", null, !NativeOnly },
            { "SIGCHLD ignored", "exec env --ignore-signal=CHLD", null, !NativeOnly },
            { "SIGPIPE ignored", "exec env --ignore-signal=PIPE", null, !NativeOnly },
            { "all signals blocked", "exec env --block-signal", null, NativeOnly },
            { "no /proc", "exec bwrap --dev-bind / / --tmpfs /proc --", null, NativeOnly },
            { "no /dev", "exec bwrap --bind / / --tmpfs /dev --", NoHost, NativeOnly },
            {
                "no /tmp and a file system for reading only",
                "exec bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --remount-ro /tmp --",
                null,
                NativeOnly
            },
            { "process 1", "exec bwrap --dev-bind / / --proc /proc --unshare-pid --as-pid-1 --", null, NativeOnly },
        };

    [Theory]
    [MemberData(nameof(Surroundings))]
    public async Task The_server_runs_as_without_km(string what, string shell, string? line, bool isNativeOnly)
    {
        Assert.SkipWhen(isNativeOnly && !Programs.ArePublished, $"{what}: only the published km starts there");
        Assert.SkipWhen(
            shell.Contains("--tmpfs /tmp", StringComparison.Ordinal) && Programs.Km.StartsWith("/tmp/", StringComparison.Ordinal),
            $"{what}: km itself is in /tmp here"
        );
        var direct = await RunAsync($"{shell} {Absolute(Server)}");
        Assert.SkipWhen(direct.Output != Messages, $"{what}: the server alone does not run there: {direct.Errors}");
        var monitored = await RunAsync($"{shell} {Programs.Km} monitor --no-plugins --quiet -- {Absolute(Server)}");
        Assert.Equal((direct.Output, direct.Status), (monitored.Output, monitored.Status));
        var said = monitored
            .Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(text => text.Contains('[', StringComparison.Ordinal))
            .ToList();
        if (line is null)
            Assert.DoesNotContain("KM_INT", monitored.Errors, StringComparison.Ordinal);
        else
            Assert.Contains($"[{line}]", Assert.Single(said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<&-")]
    [InlineData(">&-")]
    [InlineData("2>&-")]
    [InlineData("<&- >&-")]
    [InlineData("<&- 2>&-")]
    [InlineData(">&- 2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public async Task A_standard_stream_that_is_closed_is_closed_to_the_server(string closed)
    {
        using var workspace = new Workspace();
        var file = workspace.File("seen");

        // What the server finds: which of its streams it can duplicate, and what it reads.
        var server = workspace.Script(
            "server",
            $"for n in 0 1 2; do if (eval \"exec 9>&$n\") 2>/dev/null; then echo $n open; else echo $n closed; fi >>{file}; done",
            $"cat >>{file} 2>/dev/null",
            "echo out",
            "exit 6"
        );
        var direct = await RunAsync($"exec {server} {closed}");
        var seen = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        File.Delete(file);
        var monitored = await RunAsync($"exec {Programs.Km} monitor --quiet --no-plugins -- {server} {closed}");
        Assert.Equal(seen, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal((direct.Output, direct.Status), (monitored.Output, monitored.Status));
    }

    [Theory]
    [InlineData("< /", "")]
    [InlineData("< /dev/full", "")]
    [InlineData("> /dev/full", "MON_OUT_001")]
    [InlineData("2> /dev/full", "")]
    public async Task A_standard_stream_that_cannot_be_used_ends_nothing_else(string stream, string line)
    {
        var (_, errors, status) = await RunAsync($"exec {Programs.Km} monitor --quiet --no-plugins -- sh -c 'echo out; exit 6' {stream}");
        Assert.Equal(6, status);
        Assert.Contains(line, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_requires_plugins_is_not_evaded_by_a_limit()
    {
        using var home = new KmHomeFolder();
        Modes.Folder(Path.Combine(home.Path, "config"));
        await File.WriteAllTextAsync(
            Path.Combine(home.Path, "config", "policy.json"),
            """{"version": 1, "plugins": {"require": [{"name": "watcher"}]}}""",
            TestContext.Current.CancellationToken
        );
        await using var km = KmProcess.Start(
            "bash",
            ["-c", $"exec 120</dev/null; ulimit -n 100; exec {Programs.Km} monitor -- touch {home.Marker}"],
            home.Environment
        );
        Assert.Equal(1, await km.ExitAsync());
        Assert.False(File.Exists(home.Marker));
        Assert.Equal("session.denied", Assert.Single(home.Audit).GetProperty("event").GetString());
    }

    /// <summary>Where there is no PATH a program is found by its own.</summary>
    private static string Absolute(string command) => "/bin/" + command;

    private static async Task<(string Output, string Errors, int Status)> RunAsync(string script)
    {
        using var workspace = new Workspace();

        // Rows run as another user, or without an environment; none may find the developer's own home.
        Modes.Set(workspace.Folder, Modes.Mine | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        var environment = new Dictionary<string, string> { ["HOME"] = workspace.Folder, ["KM_HOME"] = workspace.File("home") };
        await using var process = KmProcess.Start("bash", ["-c", script], environment);
        try
        {
            await process.Input.WriteAsync(Encoding.UTF8.GetBytes(Messages), TestContext.Current.CancellationToken);
            process.CloseInput();
        }
        catch (IOException)
        {
            // Closed to it, or not read.
        }

        var output = await new StreamReader(process.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        var status = await process.ExitAsync();
        return (output, process.Errors, status);
    }
}
