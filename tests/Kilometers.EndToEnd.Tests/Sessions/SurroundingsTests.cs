using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>
/// Broken surroundings: where the server alone runs, it runs under km, with the same bytes and the same exit status. What km cannot do
/// there costs observation, and one line says why. The table in docs/surroundings.md is what happens here.
/// </summary>
public sealed partial class SurroundingsTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    public static TheoryData<string> Names => [.. Surroundings.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_runs_as_without_km_and_the_table_says_what_km_does(string name)
    {
        var place = Surroundings.All.Single(one => one.Name == name);
        Assert.SkipWhen(place.IsNativeOnly && !Programs.ArePublished, $"{name}: only the published km starts there");
        Assert.SkipWhen(
            place.Shell.Contains("--tmpfs /tmp", StringComparison.Ordinal) && Programs.Km.StartsWith("/tmp/", StringComparison.Ordinal),
            $"{name}: km itself is in /tmp here"
        );
        var shell = await ShellAsync(place);
        var direct = await RunAsync($"{shell} {EchoSession.Server}");
        Assert.SkipWhen(direct.Output != EchoSession.Messages, $"{name}: the server alone does not run there: {direct.Errors}");
        var bare = await RunAsync($"{shell} {Programs.Km} monitor --no-plugins --quiet -- {EchoSession.Server}");
        var full = await RunAsync(
            $"{shell} {Programs.Km} monitor --quiet --dev-plugin {Programs.ConsoleLogger} -- {EchoSession.Server}",
            isDone: km => Codes(km.Errors).Count > 0 || ShowsAll(km.Errors)
        );
        var row = string.Join(
            " | ",
            $"| {name}",
            YesOrNo(bare.Output.Length > 0 && full.Output.Length > 0),
            YesOrNo(bare.Output == direct.Output && full.Output == direct.Output),
            YesOrNo(bare.Status == direct.Status && full.Status == direct.Status),
            Cell(Codes(bare.Errors), "nothing to report"),
            Cell(Codes(full.Errors).Distinct(), ShowsAll(full.Errors) ? "shows every message" : "shows nothing") + " |"
        );
        Assert.True(row.Contains("| yes | yes | yes |", StringComparison.Ordinal), $"{row}\n{direct}\n{bare}\n{full}");
        Assert.True((await PageAsync()).Contains(row), $"The row in docs/surroundings.md should be:\n{row}\n{bare.Errors}\n{full.Errors}");
    }

    [Fact]
    public async Task The_table_has_these_rows_and_no_others() =>
        Assert.Equal(
            Surroundings.All.Select(one => one.Name),
            (await PageAsync()).Where(line => line.Contains("| yes |", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim())
        );

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

    /// <summary>What km reports, as codes, beside that the plugin is one under development. What is reported first is not a promise.</summary>
    private static List<string> Codes(string errors) =>
        [
            .. CodePattern()
                .Matches(errors)
                .Select(match => match.Groups[1].Value)
                .Where(code => code != "PLG_DEV_001")
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Both directions of both messages.</summary>
    private static bool ShowsAll(string errors) => ShownPattern().Count(errors) == 4;

    private static string YesOrNo(bool value) => value ? "yes" : "no";

    private static string Cell(IEnumerable<string> codes, string otherwise) =>
        string.Join(", ", codes.Select(code => $"`{code}`")) is { Length: > 0 } cell ? cell : otherwise;

    private static async Task<HashSet<string>> PageAsync() =>
        [.. await File.ReadAllLinesAsync(Path.Combine(Programs.Root, "docs", "surroundings.md"), TestContext.Current.CancellationToken)];

    private async Task<string> ShellAsync(Surroundings place)
    {
        if (place.Denied is null)
            return place.Shell;
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "gcc is not installed: no program that denies system calls can be built");
        var program = _workspace.File("deny");
        var source = Path.Combine(Programs.Root, "tests", "Kilometers.EndToEnd.Tests", "Sessions", "deny.c");
        Assert.Equal(0, await Commands.RunAsync("gcc", "-O2", "-o", program, source));
        return $"exec {program} {place.Denied}";
    }

    private static async Task<(string Output, string Errors, int Status)> RunAsync(string script, Func<KmProcess, bool>? isDone = null)
    {
        using var workspace = new Workspace();

        // Rows run as another user, or without an environment; none may find the developer's own home.
        Modes.Set(workspace.Folder, Modes.Mine | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        return await EchoSession.RunAsync(script, workspace, isDone);
    }

    [GeneratedRegex(@"\[([A-Z]{2,4}_[A-Z]{2,4}_\d{3})\]")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@" ping id=[12] ")]
    private static partial Regex ShownPattern();
}
