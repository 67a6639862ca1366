using Kilometers.Ui.Charts;

namespace Kilometers.Ui.Pages;

/// <summary>Pictures of calls.</summary>
/// <param name="Head">Of which session; null: of all.</param>
/// <param name="Scope">Which time and server; null: those of the session.</param>
/// <param name="Latency">Latency over time; null: nothing was answered.</param>
/// <param name="Calls">Calls over time.</param>
/// <param name="Distribution">Latencies of each tool; null: nothing was answered.</param>
/// <param name="Hours">Calls of each hour; null: of a session.</param>
public sealed record ChartsModel(
    SessionHead? Head,
    Scope? Scope,
    LatencyChart? Latency,
    CallsChart? Calls,
    DistributionChart? Distribution,
    HourMap? Hours
);
