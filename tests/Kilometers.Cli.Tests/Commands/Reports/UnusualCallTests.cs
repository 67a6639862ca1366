using System.Globalization;
using System.Text.Json;
using Kilometers.Analytics;
using Kilometers.Definitions;
using Kilometers.Recordings;
using Kilometers.Recordings.Writing;

namespace Kilometers.Cli.Tests.Commands.Reports;

/// <summary>What analytics found unusual with a call, beside the call that recorder kept.</summary>
public sealed class UnusualCallTests : IDisposable
{
    private readonly CollectedFigures _figures = new();

    public void Dispose() => _figures.Dispose();

    [Fact]
    public async Task Logs_show_it_below_the_call_and_in_JSON()
    {
        await RecordAsync("one", 5, 7, 9);
        _figures.With("one", "files", "read", 9).WithAnomaly("one", AnomalyKind.SlowCall, 41, 0.004);
        var (status, output, _) = await RealKm.RunAsync(_figures.Home, "logs");
        Assert.Equal(0, status);

        // The headers, a call, the call with what was unusual below it, and a call.
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("unusual: a call took 41 s", lines[3], StringComparison.Ordinal);
        Assert.Equal(5, lines.Length);

        (_, output, _) = await RealKm.RunAsync(_figures.Home, "logs", "--json");
        var unusual = output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(call => call.TryGetProperty("unusual", out var texts) ? texts.GetArrayLength() : 0);
        Assert.Equal([0, 1, 0], unusual);
    }

    [Fact]
    public async Task Logs_show_what_guard_found_in_a_call()
    {
        await RecordAsync("one", 5, 7);
        Find("one", 7, CollectedFigures.Now.AddSeconds(1));
        // Another session has the same: it is shown with the call of each.
        Find("two", 3, CollectedFigures.Now.AddSeconds(2));
        var (_, output, _) = await RealKm.RunAsync(_figures.Home, "logs");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.Contains("GRD_SEC_001 high: tools/call 'read' sends a key", lines[3], StringComparison.Ordinal);

        (_, output, _) = await RealKm.RunAsync(_figures.Home, "logs", "--json");
        var codes = output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(call => call.TryGetProperty("findings", out var found) ? found[0].GetProperty("code").GetString() : null);
        Assert.Equal([null, "GRD_SEC_001"], codes);
    }

    [Fact]
    public async Task Logs_of_other_sessions_and_without_figures_show_only_calls()
    {
        await RecordAsync("two", 7);
        Assert.DoesNotContain("unusual", (await RealKm.RunAsync(_figures.Home, "logs")).Output, StringComparison.Ordinal);
        _figures.With("one", "files", "read", 9).WithAnomaly("one", AnomalyKind.SlowCall, 41, 0.004);
        Assert.DoesNotContain("unusual", (await RealKm.RunAsync(_figures.Home, "logs")).Output, StringComparison.Ordinal);
    }

    private void Find(string session, long call, DateTimeOffset time)
    {
        var folder = Path.Combine(_figures.Home, "state", "guard");
        var key = ServerRecords.KeyOf("files", "npx");
        new ServerRecords(folder, TimeProvider.System).Update(
            key,
            () =>
                new ServerRecord
                {
                    Key = key,
                    Label = "files",
                    Command = "npx",
                    FirstSeen = time,
                    LastSeen = time,
                },
            record =>
            {
                record.Keep(
                    new Finding
                    {
                        Code = "GRD_SEC_001",
                        Severity = Severity.High,
                        Subject = "tools/call 'read'",
                        Summary = "sends a key",
                        Evidence = "AKIA…",
                        Advice = "Look at SERVER",
                        Call = call,
                    },
                    session,
                    time
                );
                return true;
            },
            out _
        );
    }

    private async Task RecordAsync(string session, params long[] sequences)
    {
        var folder = Path.Combine(_figures.Home, "state", "recorder");
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var writer = new RecordingWriter(folder, new RecordingOptions { MinFreeBytes = 0 }, TimeProvider.System, line =>
            Assert.Fail(line)
        );
        var recording = writer.Begin(
            new SessionDescription
            {
                Key = session,
                Payloads = "masked",
                Started = CollectedFigures.Now,
            }
        );
        foreach (var sequence in sequences)
            await recording.AddAsync(
                new RecordedMessage
                {
                    Sequence = sequence,
                    Time = CollectedFigures.Now,
                    Direction = RecordedDirection.In,
                    Kind = RecordedKind.Request,
                    Method = "tools/call",
                    Name = "read",
                    RequestId = sequence.ToString(CultureInfo.InvariantCulture),
                    CorrelationId = "c" + sequence.ToString(CultureInfo.InvariantCulture),
                    Size = 2,
                    Payload = "{}"u8.ToArray(),
                },
                TestContext.Current.CancellationToken
            );
    }
}
