using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>What a developer sees on standard error with the free plugin.</summary>
public sealed partial class ConsoleLoggerTests
{
    private const string Secret = "km_live_0123456789abcdefABCDEF0123456789";

    [Fact]
    public async Task Every_message_is_one_readable_line()
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(Programs.ConsoleLogger), Conversation.Server);
        await km.SendAsync("""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}""");
        Assert.NotNull(await km.ReadLineAsync());
        await km.SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        await km.EchoAsync(7);
        await km.SendAsync("""{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"isError"}}""");
        Assert.NotNull(await km.ReadLineAsync());
        await km.SendAsync("""{"jsonrpc":"2.0","id":8,"method":"nope"}""");
        Assert.NotNull(await km.ReadLineAsync());
        await km.SaysAsync("error -32601");
        await km.EndAsync();

        string[] expected =
        [
            @"→ initialize id=0 88 B",
            @"← initialize ok id=0 T \d+ B",
            @"→ notifications/initialized 54 B",
            $@"→ tools/call echo id=7 {Conversation.Call(7, "text 7").Length} B",
            $@"← tools/call echo ok id=7 T {Conversation.Answer(7, "text 7").Length} B",
            @"→ tools/call isError id=""x"" \d+ B",
            @"← tools/call isError tool error id=""x"" T \d+ B(: .*)?",
            @"→ nope id=8 \d+ B",
            @"← nope error -32601 id=8 T \d+ B: .+",
        ];
        var lines = Timed().Matches(km.Errors).Select(line => line.Groups[1].Value).Where(line => !line.StartsWith('*')).ToArray();
        Assert.Equal(expected.Length, lines.Length);
        Assert.All(expected.Zip(lines), pair =>
            Assert.Matches("^" + pair.First.Replace(" T ", @" \d+(\.\d+)? (µs|ms|s) ", StringComparison.Ordinal) + "$", pair.Second)
        );
    }

    [Fact]
    public async Task There_are_no_escape_codes_and_no_payloads_when_standard_error_is_a_pipe()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(Programs.ConsoleLogger),
            Conversation.Server,
            new Dictionary<string, string> { ["TERM"] = "xterm-256color" }
        );
        await km.SendAsync(Conversation.Call(1, @"\u001b[31mred " + Secret));
        Assert.NotNull(await km.ReadLineAsync());
        await km.SaysAsync("← tools/call echo ok id=1");
        await km.EndAsync();
        Assert.DoesNotContain('\e', km.Errors);
        Assert.DoesNotContain("red", km.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Payloads_are_shown_when_asked_for_with_their_secrets_masked()
    {
        await using var km = KmProcess.Monitor(
            Conversation.Plugins(Programs.ConsoleLogger),
            Conversation.Server,
            new Dictionary<string, string> { ["KM_PLUGIN_CONSOLE_LOGGER__PAYLOADS"] = "1" }
        );
        var call =
            $$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"plain words","api_key":"{{{{Secret}}}}","password":"hunter2 and more"}}}""";
        await km.SendAsync(call);
        Assert.Equal(Conversation.Answer(1, "plain words"), await km.ReadLineAsync());
        await km.SendAsync(Conversation.Call(2, "my key is " + Secret));
        Assert.Equal(Conversation.Answer(2, "my key is " + Secret), await km.ReadLineAsync());
        await km.SaysAsync("← tools/call echo ok id=2");
        await km.EndAsync();
        Assert.Contains(
            """    {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"plain words","api_key":"***","password":"***"}}}""",
            km.Errors,
            StringComparison.Ordinal
        );
        Assert.Contains("my key is ", km.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, km.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", km.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\[[\w-]+\] \d\d:\d\d:\d\d\.\d\d\d (.*)$", RegexOptions.Multiline)]
    private static partial Regex Timed();
}
