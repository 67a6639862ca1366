using Kilometers.EndToEnd.Tests.Control;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>A monitored server controls no session, however it hides that it is one.</summary>
public sealed class SessionControlTests : IAsyncDisposable
{
    private readonly SessionsOfOneUser _user = new();

    public ValueTask DisposeAsync() => _user.DisposeAsync();

    [Theory]
    [InlineData("\"$KM\" plugins disable alpha --json")]
    [InlineData("env -i KM_HOME=\"$KM_HOME\" \"$KM\" plugins disable alpha --json")]
    [InlineData("sh -c '\"$KM\" plugins restart alpha --json; true'")]
    [InlineData("setsid \"$KM\" plugins disable alpha --json")]
    [InlineData("cp -a \"${KM%/km}/.\" \"$COPY\"; \"$COPY/km\" plugins disable alpha --json")]
    [InlineData("\"$KM\" monitor --no-plugins -- \"$KM\" plugins disable alpha --json")]
    [InlineData("\"$KM\" plugins disable alpha --server files --json")]
    [InlineData("nohup \"$KM\" plugins disable alpha --json </dev/null")]
    public async Task A_server_disables_no_plugin_of_another_session_and_remembers_nothing(string act)
    {
        await _user.StartAsync("files", "alpha");
        var said = _user.Workspace.File("said");
        await using var km = Server($"{act} >\"$SAID\" 2>&1", said);
        await km.FinishAsync();
        await AssertRefusedAsync(await File.ReadAllTextAsync(said, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_child_that_its_parents_left_and_that_leads_a_session_of_its_own_controls_none_either()
    {
        await _user.StartAsync("files", "alpha");
        var said = _user.Workspace.File("said");

        // Twice forked: nobody above it is the server any more when it acts.
        const string Act =
            """until [ -e "$GO" ]; do sleep 0.05; done; "$KM" plugins disable alpha --json >"$SAID.new" 2>&1; mv "$SAID.new" "$SAID" """;
        var orphan = _user.Workspace.Script("orphan", Act);
        await using var km = Server($"(setsid sh -c '\"$0\" &' '{orphan}' &); sleep 0.2; : >\"$GO\"; cat", said);
        await Wait.ForAsync(() => File.Exists(said), () => $"the orphan to act; {km.Errors}");
        await AssertRefusedAsync(await File.ReadAllTextAsync(said, TestContext.Current.CancellationToken));
        await km.FinishAsync();
    }

    [Fact]
    public async Task A_server_does_not_remove_what_a_session_is_to_remember()
    {
        Assert.Equal(0, (await _user.Home.RunAsync("plugins", "install", _user.Home.ConsoleLogger(), "--yes")).Status);
        Assert.Equal(0, (await _user.Home.RunAsync("plugins", "disable", "console-logger")).Status);
        var said = _user.Workspace.File("said");
        await using var km = Server("\"$KM\" plugins enable console-logger --json >\"$SAID\" 2>&1", said);
        await km.FinishAsync();
        Assert.Contains("[KM_CTL_004]", await File.ReadAllTextAsync(said, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Matches(@"console-logger +1\.0\.0 +Free +disabled", (await _user.Home.RunAsync("plugins", "list")).Output);
    }

    private KmProcess Server(string script, string said)
    {
        var variables = new Dictionary<string, string>(_user.Home.Environment)
        {
            ["KM"] = Programs.Km,
            ["SAID"] = said,
            ["GO"] = said + ".go",
            ["COPY"] = Modes.Folder(said + ".copy"),
        };
        return KmProcess.Monitor(["--name", "shell"], ["/bin/sh", "-c", script], variables);
    }

    private async Task AssertRefusedAsync(string said)
    {
        Assert.Contains("[KM_CTL_004]", said, StringComparison.Ordinal);
        Assert.DoesNotContain("\"remembered\"", said, StringComparison.Ordinal);
        var plugin = await _user.PluginAsync("files", "alpha");
        Assert.Equal(("Active", 0), (plugin.Text("state"), plugin.GetProperty("restarts").GetInt32()));
        Assert.DoesNotContain(_user.Home.Audit, record => record.Text("event") == "plugin.disabled");
    }
}
