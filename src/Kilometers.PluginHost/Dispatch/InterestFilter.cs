using Kilometers.Contracts;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.Wire.V2;
using Direction = Kilometers.Wire.V2.Direction;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>
/// Which items a plugin asked for. Errors and stream events always come, and of responses that could belong to more than one request those
/// of any method: one of them may be wanted.
/// </summary>
internal sealed class InterestFilter
{
    private readonly bool _inbound = true;
    private readonly bool _outbound = true;
    private readonly HashSet<JsonRpcKind>? _kinds;
    private readonly string[] _methods = [];

    private InterestFilter() { }

    private InterestFilter(Interest interest)
    {
        _inbound = interest.Directions.Count == 0 || interest.Directions.Contains(Direction.Inbound);
        _outbound = interest.Directions.Count == 0 || interest.Directions.Contains(Direction.Outbound);
        _kinds = interest.Kinds.Count == 0 ? null : interest.Kinds.Select(WireMapping.FromWire).ToHashSet();
        _methods = [.. interest.Methods];
    }

    /// <summary>Of a plugin that has not said what it wants.</summary>
    public static InterestFilter Everything { get; } = new();

    public static InterestFilter From(Interest interest) => new(interest);

    public bool Wants(ObservedItem item) => item is not ObservedMessage message || Wants(message.Traits);

    public bool Wants(in MessageTraits message) =>
        (message.Direction == Monitoring.JsonRpc.Direction.Inbound ? _inbound : _outbound)
        && (_kinds is null || _kinds.Contains(message.Kind))
        && (_methods.Length == 0 || message.IsAmbiguous || MatchesAny(message.Method));

    private bool MatchesAny(string? method)
    {
        foreach (var glob in _methods)
        {
            if (MethodGlob.Matches(glob, method))
                return true;
        }

        return false;
    }
}
