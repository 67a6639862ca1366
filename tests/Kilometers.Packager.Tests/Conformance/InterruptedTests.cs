using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.Packager.Tests.Conformance;

/// <summary>However <c>kmpkg test</c> ends, nothing of it stays behind; and what it says when there is nothing to test.</summary>
public sealed class InterruptedTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData(nameof(PosixSignalNumber.Interrupt), 130)]
    [InlineData(nameof(PosixSignalNumber.Terminate), 130)]
    [InlineData(nameof(PosixSignalNumber.Kill), 128 + 9)]
    public async Task An_interrupted_test_ends_the_plugin(string signal, int status)
    {
        await using var kmpkg = Start("test", _workspace.TestPlugin("alpha", ("FREEZE_AT", "10")));
        kmpkg.CloseInput();
        await Wait.ForAsync(() => _workspace.Messages("alpha").Count == 10, "the plugin to freeze");
        var plugin = _workspace.Record("alpha")[0].GetProperty("pid").GetInt32();
        kmpkg.Signal(Enum.Parse<PosixSignalNumber>(signal));
        Assert.Equal(status, await kmpkg.ExitAsync());
        await Wait.ForAsync(() => !EndToEnd.Tests.Running.Processes.IsAlive(plugin), "the plugin to be gone");
        await Wait.ForAsync(() => !Directory.EnumerateFileSystemEntries(_workspace.File("run")).Any(), "the run directory to be gone");
        Assert.DoesNotContain("KM_INT_001", kmpkg.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_is_printed_for_people()
    {
        await using var kmpkg = Start("test", _workspace.TestPlugin("alpha", ("TIER", "Pro")));
        kmpkg.CloseInput();
        var lines = (await new StreamReader(kmpkg.Output).ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd('\n').Split('\n');
        Assert.Equal(0, await kmpkg.ExitAsync());
        Assert.Equal(_workspace.File("alpha"), lines[0]);
        Assert.Contains(lines, line =>
            line.StartsWith("  passed   handshake v2 ", StringComparison.Ordinal)
            && line.EndsWith("  contract 2, gRPC with AutoMTLS", StringComparison.Ordinal)
        );
        Assert.Matches(@"^11 passed, 0 failed, 8 skipped, in \d+\.\d s$", lines[^1]);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 120));

        // No terminal: neither colours nor progress.
        Assert.DoesNotContain('\e', string.Concat(lines) + kmpkg.Errors);
    }

    [Theory]
    [InlineData("test /nowhere/at/all", 1, "[PLG_RUN_001]")]
    [InlineData("test", 2, "[CFG_ARG_001]")]
    [InlineData("test x --timeout 0", 2, "[CFG_ARG_001]")]
    public async Task What_cannot_be_tested_is_an_error_and_no_stack_trace(string line, int status, string code)
    {
        await using var kmpkg = Start(line.Split(' '));
        Assert.Equal(status, await kmpkg.FinishAsync());
        Assert.Contains(code, kmpkg.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", kmpkg.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_program_fails_the_handshake()
    {
        await File.WriteAllTextAsync(_workspace.File("text"), "no program", TestContext.Current.CancellationToken);
        var test = await KmpkgTest.RunAsync(_workspace, _workspace.File("text"));
        Assert.Equal("failed", test["handshake v2"].Outcome);
        Assert.Contains("chmod +x", test["handshake v2"].Seen, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Number, test.Report.GetProperty("milliseconds").ValueKind);
    }

    private KmProcess Start(params string[] arguments) =>
        KmProcess.Start(
            Programs.Kmpkg,
            arguments,
            new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = Directory.CreateDirectory(_workspace.File("run")).FullName }
        );
}
