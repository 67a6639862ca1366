using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Tests.Launch;

/// <summary>
/// Control groups on the way from a plugin's limits to its launcher, in a folder that looks like a control group: what the kernel makes of
/// them is unproven where none is delegated.
/// </summary>
public sealed class ControlGroupLaunchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_NoneDelegated_GivesNoneAndSaysWhy()
    {
        Assert.Null(new PluginControlGroups(null, "because").Create(new PluginLimits(), out var missing));
        Assert.Equal("because", missing);
    }

    [Fact]
    public void Create_ADelegatedOne_WritesThePluginsLimits()
    {
        var group = FakeGroup(1);
        var made = new PluginControlGroups(_folder.Path, null).Create(new PluginLimits(), out var missing);
        Assert.Equal((group, null), (made?.Path, missing));
        Assert.Equal(
            ["536870912", "256", "200000 100000"],
            ((string[])["memory.max", "pids.max", "cpu.max"]).Select(file => File.ReadAllText(Path.Combine(group, file)))
        );
    }

    [Fact]
    public void Create_AGroupThatCannotBeMade_GivesNoneAndSaysWhy()
    {
        Assert.Null(new PluginControlGroups(_folder.Path, null).Create(new PluginLimits(), out var missing));
        Assert.StartsWith("the control group could not be made (", missing, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_folder.Path));
    }

    [Fact]
    public void Create_TheFirst_RemovesWhatKilledSessionsLeftBehind()
    {
        FakeGroup(1);
        string[] stay = [$"km-{Environment.ProcessId}-7", "km-", "km-x-1", "somebody.scope"];
        foreach (var name in (string[])[.. stay, "km-999999999-3"])
            Directory.CreateDirectory(_folder[name]);
        Assert.NotNull(new PluginControlGroups(_folder.Path, null).Create(new PluginLimits(), out _));
        Assert.Equal(
            stay.Append($"km-{Environment.ProcessId}-1").Order(),
            Directory.GetDirectories(_folder.Path).Select(Path.GetFileName).Order()
        );
    }

    [Fact]
    public async Task LaunchAsync_WithAGroup_TellsTheLauncher()
    {
        var group = FakeGroup(1);
        var error = await Assert.ThrowsAsync<GoPluginException>(() => LaunchAsync(new PluginControlGroups(_folder.Path, null)));
        Assert.Equal(GoPluginFailure.ExitedBeforeHandshake, error.Failure);
        Assert.Contains($"cgroup={group}", await File.ReadAllLinesAsync(_folder["launched"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task LaunchAsync_WithoutAGroupThatPolicyDemands_StartsNothing()
    {
        var error = await Assert.ThrowsAsync<KmException>(() => LaunchAsync(new PluginControlGroups(null, "no control groups here")));
        Assert.Equal(ErrorCode.PolicyIsolation, error.Error.Code);
        Assert.Contains("no L2: no control groups here", error.Error.Detail, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["launched"]));
    }

    [Fact]
    public void Report_AGroup_IsL2()
    {
        Assert.Contains(
            "L2",
            IsolationReport.Create(new() { ControlGroup = "/group" }, Processes.Isolation.SandboxSupport.Current, null).Reached
        );
        Assert.DoesNotContain("L2", IsolationReport.Create(new(), Processes.Isolation.SandboxSupport.Current, "none").Reached);
    }

    /// <summary>A folder as the kernel would make it, for the group of this number.</summary>
    private string FakeGroup(int number)
    {
        var group = Directory.CreateDirectory(_folder[$"km-{Environment.ProcessId}-{number}"]).FullName;
        foreach (var file in (string[])["memory.max", "pids.max", "cpu.max"])
            File.WriteAllText(Path.Combine(group, file), "");
        return group;
    }

    /// <summary>By a launcher that writes down what it is told, and ends; policy demands L2.</summary>
    private async Task LaunchAsync(PluginControlGroups groups)
    {
        var launcher = _folder["launcher"];
        await File.WriteAllTextAsync(
            launcher,
            $"#!/bin/sh\nprintf '%s\\n' \"$@\" >'{_folder["launched"]}'\nexit 1\n",
            TestContext.Current.CancellationToken
        );
        File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var policy = PluginPolicy.None with
        {
            Documents =
            [
                new PolicyDocument
                {
                    Author = PolicyAuthor.User,
                    Path = "policy.json",
                    RequiredIsolation = ["L2"],
                },
            ],
        };
        var options = new PluginHostingOptions
        {
            HostVersion = "1.0.0",
            ServerLabel = "test",
            QueueSize = 1,
            Policy = policy,
            Launcher = [launcher],
        };
        using var plugins = new PluginLauncher(options, new SilentPresenter(), TimeProvider.System, null, groups);
        _ = await plugins.LaunchAsync(
            new PreparedPlugin("/bin/true", null),
            plugins.CreateRunDirectory(),
            () => "tested",
            null,
            TestContext.Current.CancellationToken
        );
    }
}
