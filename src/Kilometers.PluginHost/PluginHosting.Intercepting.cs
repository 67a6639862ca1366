using System.Globalization;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Interception;

namespace Kilometers.PluginHost;

/// <content>Requests that policy has held.</content>
internal sealed partial class PluginHosting
{
    /// <summary>Decides about requests that the relay holds.</summary>
    public Interceptors Interceptors { get; }

    /// <summary>Waits until the plugins that are to decide are Active, or it is known that they will not be.</summary>
    /// <param name="limit">How long, at most: then what is held goes the way of what is undecided.</param>
    public async Task WaitForInterceptorsAsync(TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit, _time);

        // Whether they may decide depends on the entitlement, too.
        await WaitAsync(_resolving, late.Token).ConfigureAwait(false);
        await WaitAsync(Task.WhenAny(Interceptors.Ready, _loading), late.Token).ConfigureAwait(false);
    }

    /// <summary>Records that a request was stopped, or passed though nobody decided about it.</summary>
    /// <param name="call">The request; null where the line could not be read.</param>
    /// <param name="ruling">Why.</param>
    public void RecordHeld(HeldCall? call, Ruling ruling) =>
        _audit.Record(() =>
            new AuditRecord
            {
                Event = ruling.Stops ? "request.stopped" : "request.unchecked",
                Decision = ruling.Stops ? AuditDecision.Denied : AuditDecision.Info,
                Plugin = ruling.Plugin,
                Code = ruling.Code,
                Detail = ruling.Reason,
                Data = call is null
                    ? new Dictionary<string, string>()
                    : new Dictionary<string, string>
                    {
                        ["method"] = WireText.Cut(call.Envelope.Method ?? ""),
                        ["name"] = WireText.Cut(call.Envelope.Name ?? ""),
                        ["id"] = WireText.Cut(call.Envelope.Id ?? ""),
                    },
            }
        );

    /// <summary>Records what became of requests about which no host could be asked.</summary>
    /// <param name="passed">How many passed.</param>
    /// <param name="stopped">How many were stopped.</param>
    public void RecordUnasked(long passed, long stopped) =>
        _audit.Record(() =>
            new AuditRecord
            {
                Event = stopped > 0 ? "request.stopped" : "request.unchecked",
                Decision = stopped > 0 ? AuditDecision.Denied : AuditDecision.Info,
                Code = stopped > 0 ? ErrorCode.RequestUndecided : ErrorCode.RequestUnchecked,
                Detail = "km could not ask about them",
                Data = new Dictionary<string, string>
                {
                    ["passed"] = passed.ToString(CultureInfo.InvariantCulture),
                    ["stopped"] = stopped.ToString(CultureInfo.InvariantCulture),
                },
            }
        );

    /// <summary>Records that policy does not let the session run, or that it runs with less than policy wants.</summary>
    public void RecordWithoutInterception(KmError error, bool isRefused) =>
        _audit.Session(
            isRefused ? "session.denied" : "session.unobserved",
            isRefused ? AuditDecision.Denied : AuditDecision.Info,
            null,
            error
        );
}
