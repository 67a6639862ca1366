using System.Text;
using System.Text.Json;
using Kilometers.Contracts.Api;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>A plugin is started once before it is installed; one that cannot start never takes the place of one that was installed.</summary>
public sealed class TestStartTests : IDisposable
{
    private readonly KmHomeFolder _home = new() { HasTestStart = true };

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_good_plugin_is_started_and_asked_and_then_installed()
    {
        var (status, output, errors) = await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes");
        Assert.True(status == 0, errors);
        Assert.Matches(
            @"^✓ console-logger v1\.0\.0 is installed \(Free tier\); test start passed in \d+\.\d s; the next km monitor runs it\n$",
            output
        );
        Assert.Equal(["console-logger.kmpkg"], _home.Plugins);
        Assert.Equal(
            ["plugin.test-start allowed", "plugin.install allowed"],
            _home.Audit.Select(record => $"{Text(record, "event")} {Text(record, "decision")}")
        );
    }

    [Fact]
    public async Task A_first_version_that_ends_at_its_start_is_installed_only_where_the_user_insists_and_then_with_a_warning()
    {
        var (status, output, errors) = await _home.RunAsync("plugins", "install", _home.Package(), "--yes", "--json");
        Assert.True(status == 0, errors);
        Assert.Contains(
            "It failed its test start: Plugin 'forged' exited before its handshake [PLG_RUN_002]",
            errors,
            StringComparison.Ordinal
        );
        Assert.Contains($"| {KmHomeFolder.FirstWords}", errors, StringComparison.Ordinal);
        Assert.Contains("To remove it: km plugins remove forged", errors, StringComparison.Ordinal);
        Assert.Equal("PLG_RUN_002", Text(JsonElement.Parse(output).GetProperty("plugins")[0].GetProperty("error"), "code"));
        Assert.Equal(["forged.kmpkg"], _home.Plugins);
        Assert.False(Directory.Exists(Path.Combine(_home.Path, "state", "forged")));
        Assert.Equal(
            ["plugin.test-start allowed", "plugin.install allowed"],
            _home.Audit.Select(record => $"{Text(record, "event")} {Text(record, "decision")}")
        );
    }

    [Fact]
    public async Task A_newer_version_that_cannot_start_leaves_the_older_one_in_its_place()
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes")).Status);
        var before = await File.ReadAllBytesAsync(_home.Installed("console-logger"), TestContext.Current.CancellationToken);
        var newer = _home.Package(forge =>
            forge.Manifest = manifest => manifest with { Name = "console-logger", Version = "9.0.0", ReleaseSequence = 99 }
        );
        var (status, _, errors) = await _home.RunAsync("plugins", "install", newer, "--yes");
        Assert.Equal(1, status);
        Assert.Contains("The version that was installed before is unchanged.", errors, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_home.Installed("console-logger"), TestContext.Current.CancellationToken));

        // Its release number does not count either: what is installed stays installable.
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes")).Status);
    }

    [Fact]
    public async Task A_plugin_that_never_answers_is_ended()
    {
        var package = _home.Package(forge =>
            forge.Files[0] = forge.Files[0] with { Content = Encoding.ASCII.GetBytes("#!/bin/sh\nexec sleep 4711\n") }
        );
        var (status, _, errors) = await _home.RunAsync("plugins", "install", package, "--yes");
        Assert.True(status == 0, errors);
        Assert.Contains("did not complete its handshake in time [PLG_RUN_004]", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), folder => CommandLine(folder) == "sleep\04711\0");
    }

    [Fact]
    public async Task A_plugin_that_says_another_name_than_it_was_signed_with_fails_its_test_start()
    {
        var folder = Path.GetDirectoryName(Programs.ConsoleLogger)!;
        var path = _home.File("impostor.kmpkg");
        await File.WriteAllBytesAsync(
            path,
            PackageForge.Build(forge =>
            {
                forge.Files =
                [
                    .. Directory
                        .EnumerateFiles(folder)
                        .Where(file => Path.GetExtension(file) is not (".xml" or ".pdb"))
                        .Order(StringComparer.Ordinal)
                        .Select(file => new ForgedFile(Path.GetFileName(file), File.ReadAllBytes(file), file == Programs.ConsoleLogger)),
                ];
                forge.Manifest = manifest => manifest with { Name = "impostor", Entrypoint = "km-plugin-console-logger" };
            }),
            TestContext.Current.CancellationToken
        );
        var (status, _, errors) = await _home.RunAsync("plugins", "install", path, "--yes");
        Assert.True(status == 0, errors);
        Assert.Contains(
            "reports a different name or version than the one it was signed with [PLG_RUN_007]",
            errors,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_API_that_cannot_be_reached_is_reported_and_the_plugin_is_installed()
    {
        var package = _home.ConsoleLogger(manifest => manifest with { Capabilities = new() { Network = ["kilometers-api"] } });
        var environment = new Dictionary<string, string>(_home.Environment)
        {
            ["KM_API_ENDPOINT"] = "http://127.0.0.1:9",
            ["KM_API_KEY"] = ApiKey.Create().Text,
        };
        await using var km = KmProcess.Start(Programs.Km, ["plugins", "install", package, "--yes"], environment, _home.Path);
        km.CloseInput();
        var output = await new StreamReader(km.Output)
            .ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        Assert.Equal(0, await km.ExitAsync());
        Assert.Contains("test start passed", output, StringComparison.Ordinal);
        Assert.Contains("but the API could not be asked", output, StringComparison.Ordinal);
        Assert.Contains("[API_NET_001]", km.Errors, StringComparison.Ordinal);
        Assert.Equal(["console-logger.kmpkg"], _home.Plugins);
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
