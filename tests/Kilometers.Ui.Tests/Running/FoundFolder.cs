using Kilometers.Analytics;
using Kilometers.Analytics.Writing;
using Kilometers.Definitions;

namespace Kilometers.Ui.Tests.Running;

/// <summary>What plugins found, in real files, written by their own writers.</summary>
internal sealed class FoundFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-ui-found-").FullName;

    /// <summary>The options of km-ui.</summary>
    public string[] Options => ["--analytics", Analytics, "--guard", Guard];

    public string Analytics => Path.Combine(_folder, "analytics");

    public string Guard => Path.Combine(_folder, "guard");

    /// <summary>An alarm of analytics about a call.</summary>
    public FoundFolder Alarm(string session, long call, string server, string tool, DateTimeOffset time)
    {
        if (!OperatingSystem.IsWindows())
            Directory.CreateDirectory(Analytics, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var writer = new AnalyticsWriter(
            Analytics,
            new AnalyticsOptions { MaxAge = TimeSpan.FromDays(3650) },
            TimeProvider.System,
            line => Assert.Fail(line)
        );
        var facts = new SessionFacts
        {
            Key = session,
            Server = server,
            Started = time,
            LastSeen = time,
        };
        writer.Begin(facts).Count(1, time, () => { });
        writer.Add(
            new Anomaly
            {
                Kind = AnomalyKind.SlowCall,
                Session = session,
                Server = server,
                Tool = tool,
                Time = time,
                Since = time,
                Sequence = call,
                Value = 41,
                Usual = 0.004,
                Limit = 0.012,
                Calls = 1,
                Known = 128,
                Hours = 3217,
            }
        );
        return this;
    }

    /// <summary>A finding of guard.</summary>
    public FoundFolder Finding(string session, long? call, string server, string subject, string text, DateTimeOffset time)
    {
        var key = ServerRecords.KeyOf(server, "npx");
        new ServerRecords(Guard, TimeProvider.System).Update(
            key,
            () =>
                new ServerRecord
                {
                    Key = key,
                    Label = server,
                    Command = "npx",
                    FirstSeen = time,
                    LastSeen = time,
                },
            record =>
            {
                record.Keep(
                    new Finding
                    {
                        Code = "GRD_TXT_001",
                        Severity = Severity.High,
                        Subject = subject,
                        Summary = text,
                        Evidence = "evidence: " + text,
                        Advice = "Look at it: km guard show SERVER",
                        Call = call,
                    },
                    session,
                    time
                );
                return true;
            },
            out _
        );
        return this;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
