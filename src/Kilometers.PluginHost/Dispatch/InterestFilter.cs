using Kilometers.Contracts;
using Kilometers.Monitoring.Observation;
using Kilometers.Wire.V2;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>
/// Which items a plugin asked for. Errors and stream events always come, and of responses that could belong to more than one request those
/// of any method: one of them may be wanted.
/// </summary>
internal static class InterestFilter
{
    public static Func<ObservedItem, bool> From(Interest interest)
    {
        var inbound = interest.Directions.Count == 0 || interest.Directions.Contains(Wire.V2.Direction.Inbound);
        var outbound = interest.Directions.Count == 0 || interest.Directions.Contains(Wire.V2.Direction.Outbound);
        var kinds = interest.Kinds.Count == 0 ? null : interest.Kinds.Select(WireMapping.FromWire).ToHashSet();
        string[] methods = [.. interest.Methods];

        return item =>
            item is not ObservedMessage message
            || (
                (message.Direction == Monitoring.JsonRpc.Direction.Inbound ? inbound : outbound)
                && (kinds is null || kinds.Contains(message.Envelope.Kind))
                && (methods.Length == 0 || message.Exchange.IsAmbiguous || methods.Any(glob => MethodGlob.Matches(glob, message.Method)))
            );
    }
}
