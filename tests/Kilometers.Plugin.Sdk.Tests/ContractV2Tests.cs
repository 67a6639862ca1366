using Grpc.Core;
using Kilometers.Wire.V2;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests;

public sealed class ContractV2Tests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plugin_describes_itself()
    {
        await using var plugin = await TestPluginProcess.StartAsync();
        var description = await plugin.CallAsync<DescribeRequest, DescribeResponse>("Describe", new());
        Assert.Equal(("test-plugin", "1.2.3", "Free"), (description.Name, description.Version, description.RequiredTier));
        Assert.Equal(["testing"], description.Features);
        Assert.Equal("Kilometers.Plugin.Sdk/1.0.0", description.SdkVersion);
    }

    [Theory]
    [InlineData("Free", "", true, "")]
    [InlineData("Pro", "", false, "PLG_AUT_003")]
    [InlineData("Pro", "a-token-nobody-verified", false, "PLG_AUT_003")]
    public async Task Without_a_verified_entitlement_only_a_free_plugin_authorizes(string tier, string token, bool granted, string code)
    {
        await using var plugin = await TestPluginProcess.StartAsync(2, ("TIER", tier));
        var answer = await plugin.CallAsync<AuthenticateRequest, AuthenticateResponse>("Authenticate", new() { Entitlement = token });
        Assert.Equal(
            (granted ? Wire.V2.Authorization.Granted : Wire.V2.Authorization.Denied, code),
            (answer.Authorization, answer.ErrorCode)
        );
        Assert.Equal(granted, answer.Error.Length == 0);
    }

    [Fact]
    public async Task The_author_can_deny_and_grant()
    {
        await using var denying = await TestPluginProcess.StartAsync(2, ("DENY", "not today"));
        var denial = await denying.CallAsync<AuthenticateRequest, AuthenticateResponse>("Authenticate", new());
        Assert.Equal((Wire.V2.Authorization.Denied, "not today"), (denial.Authorization, denial.Error));
        await using var granting = await TestPluginProcess.StartAsync(2, ("TIER", "Enterprise"), ("GRANT", "a,b"));
        var grant = await granting.CallAsync<AuthenticateRequest, AuthenticateResponse>("Authenticate", new());
        Assert.Equal((Wire.V2.Authorization.Granted, "Enterprise"), (grant.Authorization, grant.Tier));
        Assert.Equal(["a", "b"], grant.Features.Order());
    }

    [Fact]
    public async Task Initialize_gives_session_and_settings_and_answers_with_the_interest()
    {
        await using var plugin = await TestPluginProcess.StartAsync(
            2,
            ("METHODS", "tools/*,ping"),
            ("METADATA_ONLY", "1"),
            ("LOG", "a warning")
        );
        var answer = await plugin.InitializeAsync();
        Assert.True(answer.Success);
        Assert.Equal(["tools/*", "ping"], answer.Interest.Methods);
        Assert.True(answer.Interest.MetadataOnly);
        var seen = Assert.Single(plugin.Recorded("initialize"));
        Assert.Equal("s1", seen.GetProperty("session").GetString());
        Assert.True(seen.GetProperty("color").GetBoolean());
        Assert.Contains("\"@module\":\"test-plugin\"", await plugin.Plugin.ErrorContainsAsync("a warning"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_Initialize_is_an_answer_and_Deliver_is_refused()
    {
        await using var plugin = await TestPluginProcess.StartAsync(2, ("FAIL_INITIALIZE", "no disk"));
        var answer = await plugin.InitializeAsync();
        Assert.False(answer.Success);
        Assert.Contains("no disk", answer.Error, StringComparison.Ordinal);
        using var call = plugin.Deliver();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
    }

    [Fact]
    public async Task Everything_is_handled_in_order_and_acknowledged_and_the_call_completes()
    {
        await using var plugin = await TestPluginProcess.ReadyAsync();
        using var call = plugin.Deliver();
        var batch = new Batch { Items = { TestPluginProcess.Message(3), TestPluginProcess.Message(7, "ping", "\"x\"") } };
        batch.Items.Add(
            new Item
            {
                Sequence = 8,
                Error = new ObservedError { Type = "parse_error", Message = "m" },
            }
        );
        batch.Items.Add(
            new Item
            {
                Sequence = 9,
                Event = new StreamEvent { Type = "session.started", Data = { ["k"] = "v" } },
            }
        );
        batch.Items.Add(new Item { Sequence = 10 });
        await call.RequestStream.WriteAsync(batch, Token);
        Assert.Equal((10UL, 0UL), await LastAsync(call, 10));
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);

        var messages = plugin.Recorded("message");
        Assert.Equal([3UL, 7UL], messages.Select(static message => message.GetProperty("sequence").GetUInt64()));
        Assert.Equal(
            "Inbound Request tools/call \"1\" echo c1 2 {} 1500",
            string.Join(
                ' ',
                new[] { "direction", "kind", "method", "id", "name", "correlation", "size", "payload", "latency" }.Select(name =>
                    messages[0].GetProperty(name).ToString()
                )
            )
        );
        Assert.Equal("parse_error", Assert.Single(plugin.Recorded("error")).GetProperty("type").GetString());
        Assert.Equal("v", Assert.Single(plugin.Recorded("event")).GetProperty("data").GetProperty("k").GetString());
    }

    [Fact]
    public async Task A_throwing_handler_is_counted_reported_and_logged_and_the_plugin_goes_on()
    {
        await using var plugin = await TestPluginProcess.ReadyAsync(("THROW", "bad"));
        using var call = plugin.Deliver();
        await call.RequestStream.WriteAsync(
            new Batch { Items = { TestPluginProcess.Message(1), TestPluginProcess.Message(2, "bad"), TestPluginProcess.Message(3) } },
            Token
        );
        Assert.Equal((3UL, 1UL), await LastAsync(call, 3));
        Assert.Equal("InvalidOperationException: asked to throw", call.ResponseStream.Current.LastError);
        Assert.Equal(3, plugin.Recorded("message").Length);
        Assert.Contains("\"@level\":\"error\"", await plugin.Plugin.ErrorContainsAsync("asked to throw"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_handler_acknowledges_what_is_done_within_a_batch()
    {
        await using var plugin = await TestPluginProcess.ReadyAsync(("DELAY_MS", "200"));
        using var call = plugin.Deliver();
        await call.RequestStream.WriteAsync(
            new Batch { Items = { TestPluginProcess.Message(1), TestPluginProcess.Message(2), TestPluginProcess.Message(3) } },
            Token
        );
        Assert.True(await call.ResponseStream.MoveNext(Token));
        Assert.InRange(call.ResponseStream.Current.Sequence, 1UL, 2UL);
        Assert.Equal((3UL, 0UL), await LastAsync(call, 3));
    }

    [Fact]
    public async Task Shutdown_is_called_once_and_a_second_asking_gets_the_same_answer()
    {
        await using var plugin = await TestPluginProcess.ReadyAsync();
        Assert.True((await plugin.CallAsync<ShutdownRequest, ShutdownResponse>("Shutdown", new() { DeadlineMs = 1000 })).Success);
        Assert.True((await plugin.CallAsync<ShutdownRequest, ShutdownResponse>("Shutdown", new() { DeadlineMs = 1000 })).Success);
        using (var kill = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"kill -TERM {plugin.Plugin.Process.Id}"]))
            await kill.WaitForExitAsync(Token);
        Assert.Equal(0, await plugin.Plugin.ExitAsync());
        Assert.Single(plugin.Recorded("shutdown"));
    }

    [Theory]
    [InlineData("DELAY_MS", "60000")]
    [InlineData("HOLD", "1")]
    public async Task Shutdown_with_a_handler_under_way_cancels_it_and_waits_for_it(string setting, string value)
    {
        await using var plugin = await TestPluginProcess.ReadyAsync((setting, value));
        using var call = plugin.Deliver();
        await call.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1) } }, Token);
        while (plugin.Recorded("message").Length == 0)
            await Task.Delay(10, Token);
        Assert.True((await plugin.CallAsync<ShutdownRequest, ShutdownResponse>("Shutdown", new() { DeadlineMs = 5000 })).Success);
        Assert.False(await call.ResponseStream.MoveNext(Token));
        Assert.Single(plugin.Recorded("shutdown"));
    }

    [Fact]
    public async Task A_handler_that_does_not_end_makes_Shutdown_fail_at_its_deadline()
    {
        await using var plugin = await TestPluginProcess.ReadyAsync(("FREEZE_AT", "1"));
        using var call = plugin.Deliver();
        await call.RequestStream.WriteAsync(new Batch { Items = { TestPluginProcess.Message(1) } }, Token);
        while (plugin.Recorded("message").Length == 0)
            await Task.Delay(10, Token);
        var answer = await plugin.CallAsync<ShutdownRequest, ShutdownResponse>("Shutdown", new() { DeadlineMs = 200 });
        Assert.False(answer.Success);
        Assert.Contains("deadline", answer.Error, StringComparison.Ordinal);
    }

    private static async Task<(ulong Sequence, ulong Failed)> LastAsync(AsyncDuplexStreamingCall<Batch, Acknowledgement> call, ulong until)
    {
        while (await call.ResponseStream.MoveNext(Token))
        {
            if (call.ResponseStream.Current.Sequence >= until)
                break;
        }
        return (call.ResponseStream.Current.Sequence, call.ResponseStream.Current.Failed);
    }
}
