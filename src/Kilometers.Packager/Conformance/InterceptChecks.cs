using System.Globalization;
using System.Text;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Interception;

namespace Kilometers.Packager.Conformance;

/// <summary>Whether a plugin that decides about requests does so, in the time that km gives it by default. What it decides is its own matter.</summary>
internal static class InterceptChecks
{
    private const double DefaultDeadline = 50;

    private static readonly string[] Requests =
    [
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}""",
        """{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}}""",
        """{"jsonrpc":"2.0","method":"tools/call","params":{"name":"\ud83d\ude00","arguments":null}}""",
        """{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"file:///a"}}""",
        """{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{}}""",
        """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":[]}""",
    ];

    public static async Task<Finding> AskAsync(RunningPlugin plugin, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var slowest = TimeSpan.Zero;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        foreach (var request in Requests)
        {
            var call = HeldLine.Read(Encoding.UTF8.GetBytes(request)).Calls[0];
            var start = TimeProvider.System.GetTimestamp();
            var verdict = await plugin.Session.InterceptAsync(call, timeout, limit.Token).ConfigureAwait(false);
            var took = TimeProvider.System.GetElapsedTime(start);
            slowest = took > slowest ? took : slowest;
            if (verdict.Kind == VerdictKind.None)
                return Finding.Fail($"it gives no verdict about {request}");
            if (verdict is { Kind: not VerdictKind.Allow, Reason: "" })
                return Finding.Fail($"it stops {request} and does not say why");
        }

        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{Requests.Length} requests, a verdict about each; the slowest took {slowest.TotalMilliseconds:0.0} ms"
        );
        return slowest.TotalMilliseconds < DefaultDeadline
            ? Finding.Pass(seen)
            : Finding.Pass($"{seen}, which is more than the default deadline of {DefaultDeadline} ms");
    }
}
