using System.Globalization;
using System.Text;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.Cli.Output;

/// <summary>The one line at the end of a session.</summary>
internal static class SummaryLine
{
    /// <param name="name">The server's label.</param>
    /// <param name="statistics">What was seen.</param>
    /// <param name="losses">What was not delivered, in words; empty if nothing was lost.</param>
    /// <param name="stopped">Messages that were stopped, as policy says.</param>
    /// <param name="isUnchecked">Messages that passed though policy had somebody to decide about them, and nobody did.</param>
    public static string Format(
        string name,
        SessionStatistics statistics,
        IReadOnlyList<string> losses,
        long stopped = 0,
        long isUnchecked = 0
    )
    {
        var text = new StringBuilder();
        var total = statistics.Inbound + statistics.Outbound;
        text.Append(
            CultureInfo.InvariantCulture,
            $"[km] {name}: {Count(total, "message")} ({statistics.Inbound} in, {statistics.Outbound} out), {Count(statistics.Errors, "error")}"
        );
        if (statistics.Latency.Count > 0)
            text.Append(
                CultureInfo.InvariantCulture,
                $", p50 {Duration(statistics.Latency.Quantile(0.5))}, p99 {Duration(statistics.Latency.Quantile(0.99))}"
            );

        if (stopped > 0)
            text.Append(CultureInfo.InvariantCulture, $", {stopped} stopped");
        if (isUnchecked > 0)
            text.Append(CultureInfo.InvariantCulture, $", {isUnchecked} passed unchecked");

        // Where something was missed, the answer may have been in it.
        if (statistics.Unanswered > 0)
            text.Append(", ")
                .Append(Count(statistics.Unanswered, "request"))
                .Append(statistics.Missed.Count == 0 ? " never answered" : " whose answer was not observed");
        if (statistics.Ambiguous > 0)
            text.Append(", ").Append(Count(statistics.Ambiguous, "ambiguous answer"));
        if (statistics.NotJsonRpc > 0)
            text.Append(CultureInfo.InvariantCulture, $", {statistics.NotJsonRpc} not JSON-RPC");
        if (statistics.Truncated > 0)
            text.Append(CultureInfo.InvariantCulture, $", {statistics.Truncated} above --buffer-size");
        if (statistics.Cut > 0)
            text.Append(
                CultureInfo.InvariantCulture,
                $", {statistics.Cut} observed in part ({LossText.Why(string.Join(',', statistics.Missed.Keys))})"
            );
        string[] all = [.. statistics.Missed.Where(missed => missed.Value.Items > 0).Select(missed => Describe(missed.Value)), .. losses];
        text.Append(
            all.Length > 0 ? "; " + string.Join("; ", all)
            : statistics.Cut > 0 ? ""
            : ", nothing dropped"
        );
        return text.ToString();
    }

    internal static string Duration(TimeSpan time) =>
        time.TotalMilliseconds switch
        {
            < 1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0} µs"),
            < 10 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms"),
            < 1000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        };

    private static string Describe(DeliveryGap gap) =>
        $"{Count(gap.Items, gap.Direction is "inbound" or "outbound" ? "message" : "line")} ({Units.Bytes(gap.Bytes)}) not observed ({LossText.Why(gap.Reason)})";

    private static string Count(long count, string noun) =>
        count == 1 ? $"1 {noun}" : $"{count.ToString(CultureInfo.InvariantCulture)} {noun}s";
}
