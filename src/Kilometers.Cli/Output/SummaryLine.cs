using System.Globalization;
using System.Text;
using Kilometers.Monitoring.Observation;

namespace Kilometers.Cli.Output;

/// <summary>The one line at the end of a session.</summary>
internal static class SummaryLine
{
    /// <param name="name">The server's label.</param>
    /// <param name="statistics">What was seen.</param>
    /// <param name="losses">What was not delivered, in words; empty if nothing was lost.</param>
    public static string Format(string name, SessionStatistics statistics, IReadOnlyList<string> losses)
    {
        var text = new StringBuilder();
        var total = statistics.Inbound + statistics.Outbound;
        text.Append(CultureInfo.InvariantCulture, $"[km] {name}: {Count(total, "message")} ({statistics.Inbound} in, {statistics.Outbound} out), {Count(statistics.Errors, "error")}");
        if (statistics.Latency.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $", p50 {Duration(statistics.Latency.Quantile(0.5))}, p99 {Duration(statistics.Latency.Quantile(0.99))}");
        if (statistics.NotJsonRpc > 0) text.Append(CultureInfo.InvariantCulture, $", {statistics.NotJsonRpc} not JSON-RPC");
        if (statistics.Truncated > 0) text.Append(CultureInfo.InvariantCulture, $", {statistics.Truncated} above --buffer-size");
        text.Append(losses.Count == 0 ? ", nothing dropped" : "; " + string.Join("; ", losses));
        return text.ToString();
    }

    internal static string Duration(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0} µs"),
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms"),
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
    };

    private static string Count(long count, string noun) => count == 1 ? $"1 {noun}" : $"{count.ToString(CultureInfo.InvariantCulture)} {noun}s";
}
