using Kilometers.Analytics;
using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.AnalyticsBench.Anomalies;

/// <summary>What is planted in a generated server.</summary>
/// <param name="Name">What it is, for the table.</param>
/// <param name="Kind">The alarm that it should raise.</param>
/// <param name="Change">Changes the server; null: only the first call of the tool is changed.</param>
/// <param name="Once">Changes one call.</param>
internal sealed record Planted(
    string Name,
    AnomalyKind Kind,
    Action<GeneratedServer, GeneratedTool>? Change,
    Func<WatchedCall, WatchedCall>? Once = null
)
{
    public static readonly IReadOnlyList<Planted> All =
    [
        new("a tool takes twice as long", AnomalyKind.Slower, (_, tool) => tool.Latency *= 2),
        new("a tool takes five times as long", AnomalyKind.Slower, (_, tool) => tool.Latency *= 5),
        new("a tool takes 30 times as long", AnomalyKind.Slower, (_, tool) => tool.Latency *= 30),
        new("20 % of a tool's calls fail more", AnomalyKind.Failing, (_, tool) => tool.Failing += 0.2),
        new("all calls of a tool fail", AnomalyKind.Failing, (_, tool) => tool.Failing = 1.5),
        new("a tool's answers are three times as large", AnomalyKind.Larger, (_, tool) => tool.Size = Math.Max(1000, tool.Size) * 3),
        new("a tool's answers are 20 times as large", AnomalyKind.Larger, (_, tool) => tool.Size = Math.Max(1000, tool.Size) * 20),
        new("a rare tool makes half of the calls", AnomalyKind.CallMix, (server, tool) => Prefer(server, tool)),
        new("the same tools in another order", AnomalyKind.CallOrder, (server, _) => Reorder(server)),
        new("one call takes 2,000 times as long", AnomalyKind.SlowCall, null, call =>
            call with
            {
                Latency = TimeSpan.FromSeconds(Math.Max(10, call.Latency!.Value.TotalSeconds * 2000)),
            }
        ),
        new("one answer is 2,000 times as large", AnomalyKind.LargeAnswer, null, call =>
            call with
            {
                Size = Math.Max(1_000_000, call.Size * 2000),
            }
        ),
    ];

    private static void Prefer(GeneratedServer server, GeneratedTool tool)
    {
        var at = server.Tools.IndexOf(tool);
        foreach (var one in server.Tools)
        {
            var others = one.Followers.Sum() - one.Followers[at];
            one.Followers[at] = others;
        }
    }

    /// <summary>Each tool is followed by what followed the next one: some steps never came before.</summary>
    private static void Reorder(GeneratedServer server)
    {
        var followers = server.Tools.Select(tool => tool.Followers).ToList();
        for (var at = 0; at < server.Tools.Count; at++)
            server.Tools[at].Followers = followers[(at + 1) % followers.Count];
    }
}
