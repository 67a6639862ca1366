using Kilometers.Cli.Commands.Plugins;
using Kilometers.Contracts;
using Kilometers.PluginHost.Control;

namespace Kilometers.Cli.Tests.Commands;

public sealed class SessionViewTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly PluginReport Plugin = new()
    {
        Name = "api-logger",
        Version = "1.2.3",
        Tier = "Pro",
        State = "Active",
        Pid = 4713,
        Started = Now - TimeSpan.FromMinutes(5),
        Restarts = 1,
        History =
        [
            new StateChange { At = Now, State = "Loading" },
            new StateChange
            {
                At = Now,
                State = "Error",
                Code = "PLG_RUN_005",
            },
            new StateChange { At = Now, State = "Active" },
        ],
        LastError = new KmError("PLG_RUN_005", "Plugin 'api-logger' crashed", "signal 11"),
        Queue = new QueueReport
        {
            Items = 12,
            Bytes = 34567,
            Dropped = 3,
            Delivered = 123456,
            DeliveredPerSecond = 42.4,
        },
        Handler = new HandlerTimes { P50 = 0.25, P99 = 12.3 },
        Resources = new ResourceUse
        {
            CpuPercent = 1.5,
            CpuSeconds = 3,
            MemoryBytes = 31_000_000,
            OpenFiles = 42,
        },
        Network = new NetworkReport
        {
            Connections = 7,
            Open = 2,
            Refused = 5,
            Failed = 1,
            BytesSent = 56_000,
            BytesReceived = 1_200,
        },
        Isolation = ["L0", "L1", "L3"],
        MissingIsolation = ["L2: no control groups"],
        Entitlement = "fresh",
    };

    private static readonly SessionListing Session = new()
    {
        Pid = 4711,
        Session = "0123456789abcdef0123456789abcdef",
        Answers = true,
        Server = "files",
        Started = Now - TimeSpan.FromHours(3),
        KmVersion = "1.0.0",
        Entitlement = new EntitlementReport { State = "fresh", Tier = "Pro" },
        Decisions = new EntitlementDecisions
        {
            Loads = new DecisionCount { All = 12, Cached = 11 },
            Messages = new DecisionCount { All = 9, Cached = 9 },
        },
        Plugins = [Plugin],
    };

    [Fact]
    public void Format_Pipe_ShowsEveryFigure()
    {
        var text = string.Join('\n', new SessionView(null, hasColors: false, isAscii: false).Format([Session], Now, isDetailed: true));
        foreach (
            var part in new[]
            {
                "Session files: km 4711, since",
                "(3 h 0 min)",
                "id 0123456789abcdef0123456789abcdef; entitlement fresh (Pro); decided from the cache: loads 91.6 % of 12, messages 100 % of 9",
                "api-logger 1.2.3",
                "4713",
                "12",
                "35 kB",
                "123456",
                "42",
                "0.3 ms",
                "12 ms",
                "1.5 %",
                "31 MB",
                "L0 L1 L3",
                "Plugin 'api-logger' crashed [PLG_RUN_005]; it runs again",
                "PLG_RUN_005: Plugin 'api-logger' crashed (signal 11)",
                "Error [PLG_RUN_005]",
                "L0, L1, L3; missing L2: no control groups",
                "7 connections, 2 open; 5 refused, 1 failed; 56 kB sent",
            }
        )
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Format_AnyWidth_IsNeverWider(bool isAscii)
    {
        var longest = Plugin with
        {
            Name = new string('n', 63),
            LastError = new KmError("PLG_RUN_005", new string('x', 300), new string('y', 300)),
            Isolation = [new string('z', 100)],
        };
        for (var width = 20; width < 200; width += 7)
        {
            var lines = new SessionView(width, hasColors: false, isAscii).Format(
                [Session with { Server = new string('s', 300), Plugins = [Plugin, longest] }, Silent],
                Now,
                isDetailed: true
            );
            Assert.All(lines, line => Assert.True(line.Length <= width, $"{width}: {line}"));
            if (isAscii)
                Assert.All(lines, line => Assert.True(line.All(char.IsAscii), line));
        }
    }

    [Fact]
    public void Format_EightyColumns_KeepsStateQueueAndLosses()
    {
        var lines = new SessionView(80, hasColors: false, isAscii: false).Format([Session], Now, isDetailed: false);
        var header = Assert.Single(lines, line => line.TrimStart().StartsWith("PLUGIN", StringComparison.Ordinal));
        foreach (var column in new[] { "STATE", "QUEUE", "DROPPED", "DELIVERED", "PER S" })
            Assert.Contains(column, header, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_SessionThatDoesNotAnswer_SaysSo() =>
        Assert.Contains(
            "km 99: not answering",
            string.Join('\n', new SessionView(120, hasColors: false, isAscii: false).Format([Silent], Now, isDetailed: false)),
            StringComparison.Ordinal
        );

    [Fact]
    public void Format_TextsOfOthers_CannotMoveTheCursor()
    {
        var evil = "\u001b[2J\u0007\r\n";
        var lines = new SessionView(80, hasColors: false, isAscii: false).Format(
            [
                Session with
                {
                    Server = evil,
                    Plugins =
                    [
                        Plugin with
                        {
                            Name = evil,
                            State = "Active",
                            LastError = new KmError("X_Y_001", evil, evil),
                            Isolation = [evil],
                            Entitlement = evil,
                        },
                    ],
                },
            ],
            Now,
            isDetailed: true
        );
        Assert.All(lines, line => Assert.DoesNotContain(line, char.IsControl));
    }

    [Fact]
    public void Format_NoSession_SaysSo() =>
        Assert.Equal(["No session is running."], new SessionView(80, false, false).Format([], Now, false));

    private static SessionListing Silent =>
        new()
        {
            Pid = 99,
            Session = "fedcba9876543210fedcba9876543210",
            Answers = false,
            Error = new KmError(
                ErrorCode.ControlNotAnswering,
                "The session of km 99 does not answer",
                "No answer within 1 s.",
                "Look at the process: ps -p 99"
            ),
        };
}
