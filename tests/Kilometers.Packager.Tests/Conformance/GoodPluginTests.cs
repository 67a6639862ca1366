using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.Packager.Tests.Conformance;

/// <summary>Plugins that do what they must pass every check, whatever they are made of.</summary>
public sealed class GoodPluginTests : IDisposable
{
    private static readonly string[] PerContract =
    [
        "handshake",
        "describe",
        "authenticate",
        "initialize",
        "session",
        "malformed messages",
        "shutdown",
    ];

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("console-logger")]
    [InlineData("hello")]
    [InlineData("test-plugin")]
    public async Task A_plugin_of_the_SDK_passes_every_check_under_both_contracts(string name)
    {
        var test = await KmpkgTest.RunAsync(
            _workspace,
            name switch
            {
                "console-logger" => Programs.ConsoleLogger,
                "hello" => Programs.HelloPlugin,
                _ => _workspace.TestPlugin(name, ("SESSIONS", "1"), ("PRINT", "1")),
            }
        );
        Assert.Equal(
            [
                "standard output",
                .. PerContract[..^1].Select(check => check + " v2"),
                .. name == "test-plugin" ? (string[])["intercept v2"] : [],
                "shutdown v2",
                "sessions v2",
                .. PerContract.Select(check => check + " v1"),
                "SIGTERM",
                "host killed",
            ],
            test.WithOutcome("passed")
        );
        Assert.Equal(["manifest.json"], test.WithOutcome("skipped"));
        Assert.Equal(0, test.Status);
        Assert.Contains(name, test["describe v2"].Seen, StringComparison.Ordinal);
        Assert.Contains("it noticed", test["host killed"].Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_with_a_process_for_each_session_is_not_asked_to_share_one()
    {
        var test = await KmpkgTest.RunAsync(_workspace, _workspace.TestPlugin("alpha"));
        Assert.Equal(0, test.Status);
        Assert.Equal(("skipped", "it has a process for each session"), test["sessions v2"]);
    }

    [Fact]
    public async Task The_plugin_sees_the_scripted_session_and_the_malformed_messages()
    {
        await KmpkgTest.RunAsync(_workspace, _workspace.TestPlugin("alpha"));
        var record = _workspace.Record("alpha");
        Assert.Equal(4, record.Count(entry => entry.GetProperty("call").GetString() == "start"));
        var starts = record.FindAll(entry => entry.GetProperty("call").GetString() == "start");
        var first = record.Skip(1).TakeWhile(entry => entry.GetProperty("call").GetString() != "start").ToList();
        var messages = first.FindAll(entry => entry.GetProperty("call").GetString() == "message");
        Assert.Equal("initialize", messages[0].GetProperty("method").GetString());
        Assert.Equal(
            ["Request", "Response", "ErrorResponse", "Notification", "NotJsonRpc"],
            messages.Select(message => message.GetProperty("kind").GetString()!).Distinct().OrderBy(Rank)
        );
        Assert.Contains(messages, message => message.GetProperty("method").GetString() == "notifications/progress");
        Assert.Contains(messages, message => message.GetProperty("size").GetUInt64() > 1 << 20);
        Assert.Contains(messages, message => message.GetProperty("error").GetString() == "-32602");
        Assert.Contains(first, entry => entry.GetProperty("call").GetString() == "error");
        Assert.Equal("shutdown", first[^1].GetProperty("call").GetString());

        static int Rank(string kind) => Array.IndexOf(["Request", "Response", "ErrorResponse", "Notification", "NotJsonRpc"], kind);
    }

    [Fact]
    public async Task A_plugin_of_a_higher_tier_passes_by_denying_itself()
    {
        var test = await KmpkgTest.RunAsync(_workspace, _workspace.TestPlugin("alpha", ("TIER", "Pro")));
        Assert.Equal(0, test.Status);
        Assert.Equal(("passed", "denied without an entitlement, as it must be for Pro"), test["authenticate v2"]);
        Assert.Equal(("skipped", "it is not authorized"), test["session v2"]);
        Assert.Equal("passed", test["shutdown v2"].Outcome);
    }

    [Fact]
    public async Task A_Go_plugin_passes_under_contract_1_and_is_ended_by_the_guardian()
    {
        var test = await KmpkgTest.RunAsync(_workspace, Programs.Go("hello-go"));
        Assert.Equal(0, test.Status);
        Assert.Equal(("skipped", "it does not speak this contract"), test["handshake v2"]);
        Assert.Equal(
            ["standard output", .. PerContract.Select(check => check + " v1"), "SIGTERM", "host killed"],
            test.WithOutcome("passed")
        );
        Assert.Contains("guardian ended it", test["host killed"].Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_Python_sample_passes_every_check_under_contract_2()
    {
        var test = await KmpkgTest.RunAsync(_workspace, await PythonSample.BuildAsync(_workspace));
        Assert.Equal(0, test.Status);
        Assert.Equal(("skipped", "it does not speak this contract"), test["handshake v1"]);
        Assert.Equal(
            ["manifest.json", "standard output", .. PerContract.Select(check => check + " v2"), "sessions v2", "SIGTERM", "host killed"],
            test.WithOutcome("passed")
        );
        Assert.Contains("it noticed", test["host killed"].Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_wants_little_is_not_charged_with_the_rest()
    {
        var test = await KmpkgTest.RunAsync(_workspace, _workspace.TestPlugin("alpha", ("METHODS", "tools/list"), ("METADATA_ONLY", "1")));
        Assert.Equal(0, test.Status);

        // The request, its result, and session.started and session.initialized, which everybody gets.
        Assert.StartsWith("wanted 4 of ", test["session v2"].Seen, StringComparison.Ordinal);
    }
}
