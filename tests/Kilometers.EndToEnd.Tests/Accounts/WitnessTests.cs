using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>The API as an outside witness: what somebody who is the user cannot undo on this machine.</summary>
public sealed class WitnessTests(ApiServer api) : IClassFixture<ApiServer>, IDisposable
{
    private readonly KmHomeFolder _home = new(isTrusting: false);

    public void Dispose() => _home.Dispose();

    private string Log => Path.Combine(_home.Path, "audit");

    private string Receipts => Path.Combine(_home.Path, "audit-receipts.json");

    [Fact]
    public async Task A_log_that_was_rolled_back_is_detected_even_where_the_receipts_were_removed()
    {
        await WitnessAsync(_home);
        await SessionAsync(_home);
        var old = _home.File("old");
        ReadyMade.Copy(Log, old);
        await SessionAsync(_home);
        await TurnOnAsync(_home);
        Assert.Equal(0, (await _home.RunAsync("audit", "verify")).Status);

        // The whole directory, with its key, as it was: without the witness nothing shows.
        Directory.Delete(Log, recursive: true);
        ReadyMade.Copy(old, Log);
        await DetectedAsync("rolled back or cut off", "--offline");
        File.Delete(Receipts);
        Assert.Equal(0, (await _home.RunAsync("audit", "verify", "--offline")).Status);
        await DetectedAsync("rolled back or cut off");
    }

    [Fact]
    public async Task A_log_that_was_begun_again_is_detected_even_where_everything_was_removed()
    {
        var key = await WitnessAsync(_home);
        await SessionAsync(_home);
        await TurnOnAsync(_home);
        Directory.Delete(Log, recursive: true);
        await DetectedAsync("removed, or replaced by a new one");
        await SessionAsync(_home);
        await DetectedAsync("removed, or replaced by a new one");

        // The same user, machine and directory are the same installation.
        Directory.Delete(_home.Path, recursive: true);
        Modes.Folder(_home.Path);
        await SignInAsync(_home, key);
        await TurnOnAsync(_home);
        await SessionAsync(_home);
        await DetectedAsync("removed, or replaced by a new one");
    }

    [Theory]
    [InlineData("off")]
    [InlineData("settings")]
    public async Task A_log_that_was_rolled_back_is_detected_even_where_the_witness_was_switched_off(string way)
    {
        await WitnessAsync(_home);
        var old = _home.File("old");
        ReadyMade.Copy(Log, old);
        await SessionAsync(_home);
        await TurnOnAsync(_home);
        if (way == "off")
            Assert.Equal(0, (await _home.RunAsync("audit", "witness", "off")).Status);
        else
            Assert.Equal(0, (await _home.RunAsync("config", "set", "audit-witness", "false")).Status);
        Directory.Delete(Log, recursive: true);
        ReadyMade.Copy(old, Log);
        File.Delete(Receipts);
        await DetectedAsync("rolled back or cut off");
    }

    [Fact]
    public async Task A_log_that_was_rewritten_after_a_rollback_is_reported_when_the_witness_is_shown_it()
    {
        await WitnessAsync(_home);
        var old = _home.File("old");
        ReadyMade.Copy(Log, old);
        await SessionAsync(_home);
        await SessionAsync(_home);
        await TurnOnAsync(_home);
        Directory.Delete(Log, recursive: true);
        ReadyMade.Copy(old, Log);
        await SessionAsync(_home);
        var (status, _, errors) = await _home.RunAsync("audit", "witness", "on");
        Assert.Equal(1, status);
        Assert.Contains("[AUD_WIT_001]", errors, StringComparison.Ordinal);
        await DetectedAsync("itness saw");
    }

    [Fact]
    public async Task Two_installations_of_one_customer_do_not_disturb_each_other()
    {
        var key = await WitnessAsync(_home);
        using var other = new KmHomeFolder(isTrusting: false);
        await SignInAsync(other, key);
        for (var i = 0; i < 2; i++)
        {
            await SessionAsync(_home);
            await TurnOnAsync(_home);
            await SessionAsync(other);
            await TurnOnAsync(other);
        }

        foreach (var home in new[] { _home, other })
        {
            var verified = JsonElement.Parse((await home.RunAsync("audit", "verify", "--json")).Output);
            Assert.Equal(("intact", "asked"), (verified.GetProperty("outcome").GetString(), verified.GetProperty("witness").GetString()));
            Assert.True(verified.GetProperty("witnessedThrough").GetInt64() > 0);
        }
    }

    [Fact]
    public async Task A_session_shows_its_end_to_the_witness_and_waits_for_nobody()
    {
        await WitnessAsync(_home);
        await SessionAsync(_home);
        var status = JsonElement.Parse((await _home.RunAsync("audit", "witness", "status", "--json")).Output);
        Assert.True(status.GetProperty("isOn").GetBoolean());
        await api.KillAsync();
        try
        {
            // Without an API sessions run and end as ever, and say nothing of it.
            Assert.DoesNotContain("API_NET", await SessionAsync(_home), StringComparison.Ordinal);
            var verified = await _home.RunAsync("audit", "verify", "--json");
            Assert.Equal((0, "kept"), (verified.Status, JsonElement.Parse(verified.Output).GetProperty("witness").GetString()));
        }
        finally
        {
            await api.StartAsync();
        }
    }

    [Fact]
    public async Task Without_an_account_there_is_no_witness_and_the_setting_stays_off()
    {
        await SessionAsync(_home);
        var (status, _, errors) = await _home.RunAsync("audit", "witness", "on");
        Assert.NotEqual(0, status);
        Assert.Contains("km auth login", errors, StringComparison.Ordinal);
        Assert.Contains("not witnessed", (await _home.RunAsync("audit", "witness", "status")).Output, StringComparison.Ordinal);
        Assert.Contains("No witness saw it", (await _home.RunAsync("audit", "verify")).Output, StringComparison.Ordinal);
    }

    /// <returns>The customer's key.</returns>
    private async Task<string> WitnessAsync(KmHomeFolder home)
    {
        var (_, key) = await api.CreateCustomerAsync("Free");
        await SignInAsync(home, key);
        await SessionAsync(home);
        await TurnOnAsync(home);
        return key;
    }

    private async Task SignInAsync(KmHomeFolder home, string key)
    {
        Assert.Equal(0, (await home.RunAsync("config", "set", "endpoint", api.Endpoint)).Status);
        Assert.Equal(0, (await home.RunAsync("config", "set", "credential-helper", "file")).Status);
        await using var km = KmProcess.Start(Programs.Km, ["auth", "login"], home.Environment, home.Path);
        await km.SendAsync(key);
        Assert.True(await km.FinishAsync() == 0, km.Errors);
    }

    /// <summary>Shows the log as it is now, at the latest.</summary>
    private static async Task TurnOnAsync(KmHomeFolder home)
    {
        var (status, _, errors) = await home.RunAsync("audit", "witness", "on");
        Assert.True(status == 0, errors);
    }

    /// <returns>What km said.</returns>
    private static async Task<string> SessionAsync(KmHomeFolder home)
    {
        await using var km = KmProcess.Monitor(["--no-plugins"], ["true"], home.Environment);
        km.CloseInput();
        Assert.Equal(0, await km.ExitAsync());

        // The log is looked at next, and is at rest only when the host has written the last record.
        Processes.WaitForHostsOf(home.Path);
        return km.Errors;
    }

    private async Task DetectedAsync(string how, params string[] options)
    {
        var (status, output, errors) = await _home.RunAsync(["audit", "verify", .. options]);
        Assert.True(status == 1, output + errors);
        Assert.Contains(how, output, StringComparison.Ordinal);
        Assert.Contains("[AUD_LOG_002]", errors, StringComparison.Ordinal);
    }
}
