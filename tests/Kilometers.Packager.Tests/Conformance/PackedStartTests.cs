using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packager.Tests.Running;

namespace Kilometers.Packager.Tests.Conformance;

/// <summary><c>kmpkg pack</c> starts what it packed: what would fail at every launch is not worth a package.</summary>
public sealed class PackedStartTests : IDisposable
{
    private readonly Kmpkg _kmpkg = new();

    public void Dispose() => _kmpkg.Dispose();

    [Fact]
    public void What_its_manifest_says_is_packed_and_the_plugin_said_so_itself()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the plugin is a shell script");
        var outcome = Pack("TESTPLUGIN_NAME=a-plugin");
        Assert.True(outcome.Status == 0, outcome.Output + outcome.Errors);
        Assert.Contains("Started once: a-plugin 1.2.3, Free, contract 2\n", outcome.Output, StringComparison.Ordinal);
        Assert.Single(Packages);
    }

    [Theory]
    [InlineData("PLG_PKG_007", "The manifest says a-plugin 1.2.3, the program other 1.2.3", "TESTPLUGIN_NAME=other")]
    [InlineData("PLG_PKG_007", "It requires the Pro tier, and the package is for Free", "TESTPLUGIN_NAME=a-plugin TESTPLUGIN_TIER=Pro")]
    [InlineData("PLG_RUN_002", "exited before its handshake", "TESTPLUGIN_EXIT_AT=start TESTPLUGIN_ERROR_BEFORE=never", "--must-start")]
    [InlineData("PLG_RUN_003", "Hello", "TESTPLUGIN_PRINT_BEFORE=Hello", "--must-start")]
    public void What_km_would_refuse_is_not_packed(string code, string words, string behaviour, params string[] more)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the plugin is a shell script");
        var outcome = Pack(behaviour, more);
        Assert.Equal(1, outcome.Status);
        Assert.Contains($"[{code}]", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains(words, outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("--no-start", outcome.Errors, StringComparison.Ordinal);
        Assert.Empty(Packages);
    }

    [Theory]
    [InlineData("PLG_RUN_002", "exited before its handshake", "TESTPLUGIN_EXIT_AT=start TESTPLUGIN_ERROR_BEFORE=never")]
    [InlineData("PLG_RUN_003", "Hello", "TESTPLUGIN_PRINT_BEFORE=Hello")]
    public void What_fails_on_this_machine_is_packed_with_a_warning(string code, string words, string behaviour)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the plugin is a shell script");
        var outcome = Pack(behaviour);
        Assert.True(outcome.Status == 0, outcome.Output + outcome.Errors);
        Assert.Contains($"[{code}]", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains(words, outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("--must-start", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains($"Started once, and failed: {code}", outcome.Output, StringComparison.Ordinal);
        Assert.Single(Packages);
    }

    [Fact]
    public void What_cannot_be_executed_is_never_packed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the plugin is a script");
        File.WriteAllText(_kmpkg.In("payload/run"), "#!/nowhere/interpreter\n");
        var outcome = _kmpkg.Run(Arguments());
        Assert.Equal(1, outcome.Status);
        Assert.Contains("[PLG_RUN_001]", outcome.Errors, StringComparison.Ordinal);
        Assert.Empty(Packages);
    }

    [Theory]
    [InlineData("--no-start")]
    [InlineData("--os", "windows")]
    public void What_is_for_another_machine_or_not_to_be_started_is_packed_without_it(params string[] more)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the plugin is a shell script");
        var outcome = Pack("TESTPLUGIN_EXIT_AT=start", more);
        Assert.True(outcome.Status == 0, outcome.Output + outcome.Errors);
        Assert.Contains("Not started", outcome.Output, StringComparison.Ordinal);
        Assert.Single(Packages);
    }

    [Fact]
    public void The_variable_that_installation_knows_packs_without_a_start()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the plugin is a shell script");
        WritePlugin("TESTPLUGIN_EXIT_AT=start");
        var outcome = _kmpkg.RunProgram(Kmpkg.Executable, Arguments(), new Dictionary<string, string> { ["KM_TEST_START"] = "false" });
        Assert.True(outcome.Status == 0, outcome.Output + outcome.Errors);
        Assert.Contains("Not started", outcome.Output, StringComparison.Ordinal);
        Assert.Single(Packages);
    }

    private string[] Packages => Directory.Exists(_kmpkg.In("out")) ? Directory.GetFiles(_kmpkg.In("out")) : [];

    private Outcome Pack(string behaviour, params string[] more)
    {
        WritePlugin(behaviour);
        return _kmpkg.Run(Arguments(more));
    }

    /// <summary>A script that starts the test plugin. It is not executable where it lies: packing makes it that.</summary>
    private void WritePlugin(string behaviour)
    {
        File.WriteAllText(_kmpkg.In("payload/run.new"), $"#!/bin/sh\nexport {behaviour}\nexec '{Programs.TestPlugin}'\n");
        File.Move(_kmpkg.In("payload/run.new"), _kmpkg.In("payload/run"), overwrite: true);
    }

    private string[] Arguments(params string[] more) =>
        ["pack", "--manifest", _kmpkg.In("manifest.json"), "--payload", _kmpkg.In("payload"), "--output", _kmpkg.In("out"), .. more];
}
