// What it costs to count messages, how large the file is, and how long a report of it takes: bench/analytics.sh
// km-analytics-bench FOLDER SESSIONS CALLS DAYS: counts that many sessions of that many calls each, spread over days, in a file of the folder.
// km-analytics-bench anomalies …: false alarms, and what is found: bench/anomalies.sh
using System.Diagnostics;
using System.Globalization;
using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Storage;
using Kilometers.Analytics.Writing;
using Kilometers.AnalyticsBench;
using Kilometers.AnalyticsBench.Anomalies;
using Kilometers.Plugins.Analytics.Counting;

if (args is ["anomalies", .. var rest])
{
    AnomalyBench.Run(rest);
    return;
}

const int Writes = 10;
var folder = Directory.CreateDirectory(args[0]).FullName;
var (sessions, calls, days) = (Number(1), Number(2), Number(3));
var now = TimeProvider.System.GetUtcNow();
var options = new AnalyticsOptions { MaxBytes = 1_000_000_000, MaxAge = TimeSpan.FromDays(3650) };
var random = new Random(20261129);
var hash = new CallHash();
var (messages, writes) = (0L, 0L);
var (counting, writing) = (TimeSpan.Zero, TimeSpan.Zero);
using (var writer = new AnalyticsWriter(folder, options, TimeProvider.System, Console.Error.WriteLine))
{
    for (var number = 0; number < sessions; number++)
    {
        var start = now.AddDays(-days * (1 - (number / (double)sessions)));
        var traffic = new Traffic(random, start, calls);
        var count = new SessionCount(
            writer.Begin(
                new SessionFacts
                {
                    Key = Guid.CreateVersion7(start).ToString("N"),
                    Server = traffic.Server,
                    Started = start,
                    LastSeen = start,
                }
            ),
            hash
        );

        // What a session of some minutes has in a second is counted, and then written.
        foreach (var part in traffic.Items.Chunk((traffic.Items.Count / Writes) + 1))
        {
            var begun = Environment.CpuUsage.TotalTime;
            foreach (var item in part)
            {
                if (item.Message is { } message)
                    count.Add(message);
                else
                    count.Add(item.Event!);
            }

            messages += part.Length;
            writes++;
            counting += Environment.CpuUsage.TotalTime - begun;
            begun = Environment.CpuUsage.TotalTime;
            writer.Write();
            writing += Environment.CpuUsage.TotalTime - begun;
        }
    }
}

using var reader = AnalyticsReader.Open(folder);
var watch = Stopwatch.StartNew();
var report = reader.Report(new ReportScope());
var took = watch.Elapsed;
Console.WriteLine(
    string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"messages\":{messages},\"calls\":{report.Total.Calls},\"sessions\":{report.Sessions.Count},\"count_us\":{counting.TotalMicroseconds / messages:0.00},\"write_us\":{writing.TotalMicroseconds / writes:0},\"file_kb\":{new FileInfo(Path.Combine(folder, AnalyticsFile.Name)).Length / 1000},\"report_ms\":{took.TotalMilliseconds:0}}}"
    )
);

int Number(int at) => int.Parse(args[at], CultureInfo.InvariantCulture);
