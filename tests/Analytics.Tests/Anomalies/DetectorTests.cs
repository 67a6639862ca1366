using Kilometers.Analytics;
using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.Plugins.Analytics.Tests.Anomalies;

/// <summary>Sessions of two servers, day after day: what is not unusual is quiet, and what is planted is found and explained.</summary>
public sealed class DetectorTests
{
    private readonly List<Anomaly> _alarms = [];
    private readonly Random _random = new(11);
    private DateTimeOffset _time = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);
    private int _sessions;

    [Fact]
    public void Add_NothingUnusual_IsQuiet()
    {
        Work(new Detector(10, _alarms.Add), 300);
        Assert.InRange(_alarms.Count, 0, 3);
    }

    [Fact]
    public void Add_AToolThatFails_IsFoundWithItsFigures()
    {
        var detector = Learned();
        Work(detector, 8, (tool, call) => tool == "search" ? call with { HasFailed = true } : call);
        var alarm = Assert.Single(_alarms, alarm => alarm is { Kind: AnomalyKind.Failing, Server: "files" });
        Assert.Equal(("files", "search", 1.0), (alarm.Server, alarm.Tool, alarm.Value));
        Assert.InRange(alarm.Usual, 0, 0.05);
        Assert.InRange(alarm.Calls, 3, 16);
        Assert.True(alarm.Since < alarm.Time);
        Assert.InRange(alarm.Hours, 10, 1e6);
        Assert.StartsWith("session-", alarm.Session, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_AToolThatIsFarSlower_IsFoundWithItsFigures()
    {
        var detector = Learned();
        Work(detector, 8, (tool, call) => tool == "search" ? call with { Latency = call.Latency * 30 } : call);
        var alarm = Assert.Single(_alarms, alarm => alarm is { Kind: AnomalyKind.Slower, Server: "files" });
        Assert.Equal("search", alarm.Tool);
        Assert.InRange(alarm.Value / alarm.Usual, 10, 90);
        Assert.InRange(alarm.Usual, 0.05, 0.5);
    }

    [Fact]
    public void Add_OtherToolsThanUsual_AreFound()
    {
        var detector = Learned();
        Work(detector, 8, next: "delete");
        Assert.Contains(_alarms, alarm => alarm is { Kind: AnomalyKind.CallMix, Tool: "delete" });
        Assert.All(_alarms, alarm => Assert.NotEqual(AnomalyKind.Slower, alarm.Kind));
    }

    [Fact]
    public void Add_WhatWasLearnedByAnEarlierProcess_IsKnown()
    {
        var detector = new Detector(10, _alarms.Add);
        detector.Take(Learned().TakeChanges());
        Work(detector, 8, (tool, call) => tool == "search" ? call with { HasFailed = true } : call);
        Assert.Contains(_alarms, alarm => alarm is { Kind: AnomalyKind.Failing, Tool: "search" });
    }

    [Fact]
    public void Add_ManyTools_ReportsAServerOncePerHourAndKind()
    {
        var detector = Learned();
        Work(detector, 1, (_, call) => call with { HasFailed = true });
        Assert.InRange(_alarms.Count(alarm => alarm is { Kind: AnomalyKind.Failing, Server: "files" }), 0, 2);
    }

    private Detector Learned()
    {
        var detector = new Detector(10, _alarms.Add);
        Work(detector, 120);
        _alarms.Clear();
        return detector;
    }

    /// <summary>Sessions of half an hour, by turns with each server.</summary>
    private void Work(Detector detector, int hours, Func<string, WatchedCall, WatchedCall>? change = null, string? next = null)
    {
        for (var half = 0; half < hours * 2; half++)
        {
            var session = new WatchedSession(detector, $"session-{++_sessions}", _sessions % 2 == 0 ? "files" : "notes");
            var end = _time.AddMinutes(30);
            var tool = "read";
            for (var sequence = 1; _time < end; sequence++)
            {
                _time = _time.AddSeconds(15 * _random.Exponential());
                var took = TimeSpan.FromSeconds((tool == "search" ? 0.2 : 0.005) * Math.Exp(0.4 * _random.Normal()));
                var size = (long)(2000 * Math.Exp(0.5 * _random.Normal()));
                var call = new WatchedCall(tool, _time - took, _time, took, size, _random.Next(100) == 0, sequence);
                session.Add(change is null ? call : change(tool, call));
                tool = _random.Next(10) switch
                {
                    < 6 => next ?? "read",
                    < 9 => "search",
                    _ => "list",
                };
            }

            session.End();
        }
    }
}
