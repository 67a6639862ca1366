using System.Text;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;

namespace Kilometers.PluginHost.Tests;

/// <summary>Observed items for tests.</summary>
internal static class Items
{
    /// <summary>What a message weighs besides its payload.</summary>
    public const int Overhead = 384;

    public static ObservedMessage Message(
        ulong sequence,
        int size = 0,
        Direction direction = Direction.Inbound,
        JsonRpcKind kind = JsonRpcKind.Request,
        string? method = "tools/call"
    ) =>
        new()
        {
            Sequence = sequence,
            SessionTime = TimeSpan.FromMilliseconds(sequence),
            Direction = direction,
            Envelope = new JsonRpcEnvelope
            {
                Kind = kind,
                Id = kind is JsonRpcKind.Notification or JsonRpcKind.NotJsonRpc ? null : "1",
                Method = kind is JsonRpcKind.Request or JsonRpcKind.Notification ? method : null,
            },
            Payload = Encoding.ASCII.GetBytes(new string('x', size)),
            Size = size,
            Exchange = new Exchange
            {
                Number = sequence,
                Method = kind is JsonRpcKind.Response or JsonRpcKind.ErrorResponse ? method : null,
            },
        };

    public static ObservedEvent Event(ulong sequence, string type = "session.started") =>
        new()
        {
            Sequence = sequence,
            SessionTime = TimeSpan.Zero,
            Type = type,
            Data = new Dictionary<string, string> { ["key"] = "value" },
        };

    public static ObservedError Error(ulong sequence) =>
        new()
        {
            Sequence = sequence,
            SessionTime = TimeSpan.FromSeconds(1),
            Type = "parse_error",
            Message = "not valid JSON at byte 3",
            Direction = Direction.Outbound,
        };
}
