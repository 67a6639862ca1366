using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>A checkout that is full of packages costs its reader's session one line.</summary>
public sealed class CheckoutTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Three_thousand_packages_are_one_warning_and_one_record()
    {
        var project = Modes.Folder(_home.File("project"));
        var plugins = Modes.Folder(Path.Combine(project, "plugins"));
        var package = await File.ReadAllBytesAsync(_home.Package(), TestContext.Current.CancellationToken);
        for (var i = 0; i < 3000; i++)
            File.WriteAllBytes(Path.Combine(plugins, $"p{i}.kmpkg"), package);
        await using var km = KmProcess.Start(Programs.Km, ["monitor", "--", "cat"], _home.Environment, project);
        await km.SaysAsync("[PLG_DIR_003]");
        await Wait.ForAsync(() => _home.Audit.Count > 0, "the record");
        Assert.Equal(0, await km.FinishAsync());
        Assert.Single(km.Errors.Split('\n'), line => line.Contains("[PLG_DIR_003]", StringComparison.Ordinal));
        Assert.Equal("plugin.denied", Assert.Single(_home.Audit).GetProperty("event").GetString());
        _home.AssertNothingStarted(km.Errors);
    }

    [Fact]
    public async Task A_plugins_folder_that_never_answers_holds_up_nobody()
    {
        var project = Modes.Folder(_home.File("project"));
        await Commands.RunAsync("mkfifo", Path.Combine(project, "plugins"));
        var (status, _, errors) = await _home.RunInAsync(project, ["monitor", "--", "true"]);
        Assert.Equal(0, status);
        Assert.DoesNotContain("PLG_DIR", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_made_its_state_undeletable_is_removed_all_the_same()
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        var state = Modes.Folder(Path.Combine(Modes.Folder(Path.Combine(_home.Path, "state")), "forged"));
        var name = new string('d', 200);
        var deep = $"i=0; while [ $i -lt 40 ]; do mkdir {name}; cd -P {name}; i=$((i+1)); done";
        await Commands.RunAsync(
            "sh",
            "-c",
            $"cd '{state}'; {deep}; mkdir closed; : >closed/file; chmod 000 closed; cd '{state}'; chmod 000 {name}"
        );
        var (status, _, errors) = await _home.RunAsync("plugins", "remove", "forged", "--yes");
        Assert.Equal((0, true), (status, !Directory.Exists(state)));
        Assert.DoesNotContain("PLG_INS_002", errors, StringComparison.Ordinal);
    }
}
