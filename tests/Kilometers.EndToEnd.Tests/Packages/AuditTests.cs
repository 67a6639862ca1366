using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>What an administrator asks of the audit log.</summary>
public sealed class AuditTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    private string Log => Path.Combine(_home.Path, "audit", "audit.jsonl");

    [Fact]
    public async Task What_was_installed_and_removed_is_shown_and_proven()
    {
        await InstallAndRemoveAsync();
        var (status, table, errors) = await _home.RunAsync("audit", "show", "--plugin", "forged");
        Assert.Equal((0, ""), (status, errors));
        var lines = table.TrimEnd().Split('\n');
        Assert.StartsWith("TIME ", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  plugin\.install +allowed   forged 1\.2\.3", lines[1]);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  plugin\.remove +allowed   forged 1\.2\.3", lines[^1]);

        var json = await _home.RunAsync(
            "audit",
            "show",
            "--json",
            "--since",
            "1h",
            "--event",
            "plugin.*",
            "--decision",
            "allowed",
            "--tail",
            "1"
        );
        Assert.Equal("plugin.remove", JsonElement.Parse(json.Output).GetProperty("event").GetString());
        Assert.Equal("No records.\n", (await _home.RunAsync("audit", "show", "--until", "1h")).Output);

        var (verified, verdict, _) = await _home.RunAsync("audit", "verify");
        Assert.Equal(0, verified);
        Assert.StartsWith("✓ The audit log is intact: ", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edited_record_is_found_and_the_status_is_1()
    {
        await InstallAndRemoveAsync();
        var text = await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Log,
            text.Replace("plugin.install", "plugin.imagine", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );
        var (status, output, errors) = await _home.RunAsync("audit", "verify");
        Assert.Equal(1, status);
        Assert.Contains("line ", output, StringComparison.Ordinal);
        Assert.Contains("[AUD_LOG_002]", errors, StringComparison.Ordinal);

        var json = JsonElement.Parse((await _home.RunAsync("audit", "verify", "--json")).Output);
        Assert.Equal("damaged", json.GetProperty("outcome").GetString());
        Assert.Equal("editedLine", json.GetProperty("faults")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_log_that_was_removed_and_begun_anew_does_not_fit_the_head_that_was_kept()
    {
        await InstallAndRemoveAsync();
        var kept = _home.File("kept.json");
        File.Copy(Path.Combine(_home.Path, "audit", "head.json"), kept);
        Assert.Equal(0, (await _home.RunAsync("audit", "verify", "--checkpoint", kept)).Status);

        Directory.Delete(Path.Combine(_home.Path, "audit"), recursive: true);
        var nothing = await _home.RunAsync("audit", "verify");
        Assert.Equal(1, nothing.Status);
        Assert.Contains("[AUD_LOG_003]", nothing.Errors, StringComparison.Ordinal);

        await InstallAndRemoveAsync();
        Assert.Equal(0, (await _home.RunAsync("audit", "verify")).Status);
        var (status, output, _) = await _home.RunAsync("audit", "verify", "--checkpoint", kept);
        Assert.Equal(1, status);
        Assert.Contains("not signed with this log's key", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show", "--since", "soon")]
    [InlineData("show", "--tail", "0")]
    [InlineData("show", "--tail", "many")]
    [InlineData("show", "--decision", "maybe")]
    [InlineData("verify", "--nonsense", "x")]
    public async Task What_is_no_option_is_a_usage_error_that_names_the_help(string command, string option, string value)
    {
        var (status, _, errors) = await _home.RunAsync("audit", command, option, value);
        Assert.Equal(2, status);
        Assert.Contains($"km audit {command} --help", errors, StringComparison.Ordinal);
    }

    private async Task InstallAndRemoveAsync()
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.Package(), "--yes", "--allow-downgrade");
        Assert.True(status == 0, errors);
        Assert.Equal(0, (await _home.RunAsync("plugins", "remove", "forged", "--yes")).Status);
    }
}
