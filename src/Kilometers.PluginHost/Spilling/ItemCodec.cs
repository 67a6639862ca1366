using System.Runtime.InteropServices;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;

namespace Kilometers.PluginHost.Spilling;

/// <summary>Observed items as bytes and back, every member exactly as it was; only this process reads what it wrote.</summary>
internal static class ItemCodec
{
    private enum Kind : byte
    {
        None = 0,
        Message,
        Error,
        Event,
    }

    public static void Write(BinaryWriter into, ObservedItem item)
    {
        into.Write(
            (byte)(
                item switch
                {
                    ObservedMessage => Kind.Message,
                    ObservedError => Kind.Error,
                    ObservedEvent => Kind.Event,
                    _ => throw new ArgumentException("an unknown kind of item", nameof(item)),
                }
            )
        );
        into.Write(item.Sequence);
        into.Write(item.SessionTime.Ticks);
        switch (item)
        {
            case ObservedMessage message:
                WriteMessage(into, message);
                break;
            case ObservedError error:
                WriteText(into, error.Type);
                WriteText(into, error.Message);
                into.Write((byte)error.Direction);
                break;
            case ObservedEvent occurrence:
                WriteText(into, occurrence.Type);
                into.Write(occurrence.Data.Count);
                foreach (var (key, value) in occurrence.Data)
                {
                    WriteText(into, key);
                    WriteText(into, value);
                }

                break;
        }
    }

    /// <exception cref="InvalidDataException">These are not the bytes of an item.</exception>
    public static ObservedItem Read(BinaryReader from)
    {
        var kind = (Kind)from.ReadByte();
        var sequence = from.ReadUInt64();
        var time = new TimeSpan(from.ReadInt64());
        return kind switch
        {
            Kind.Message => ReadMessage(from, sequence, time),
            Kind.Error => new ObservedError
            {
                Sequence = sequence,
                SessionTime = time,
                Type = ReadText(from)!,
                Message = ReadText(from)!,
                Direction = (Direction)from.ReadByte(),
            },
            Kind.Event => new ObservedEvent
            {
                Sequence = sequence,
                SessionTime = time,
                Type = ReadText(from)!,
                Data = ReadData(from),
            },
            _ => throw new InvalidDataException("an unknown kind of item"),
        };
    }

    private static void WriteMessage(BinaryWriter into, ObservedMessage message)
    {
        into.Write((byte)message.Direction);
        into.Write(message.Size);
        into.Write(message.Truncated);
        into.Write(message.IsStopped);
        into.Write(message.Payload.Length);
        into.Write(message.Payload.Span);
        var envelope = message.Envelope;
        into.Write((byte)envelope.Kind);
        into.Write(envelope.InputRequired);
        foreach (
            var text in new[]
            {
                envelope.Id,
                envelope.Method,
                envelope.Name,
                envelope.ErrorCode,
                envelope.ErrorText,
                envelope.ProtocolVersion,
                envelope.CancelledId,
                envelope.RequestState,
                envelope.InputKeys,
                envelope.ParseError,
            }
        )
            WriteText(into, text);
        var exchange = message.Exchange;
        into.Write(exchange.Number);
        into.Write(exchange.RequestSequence);
        into.Write(exchange.RetryOf);
        into.Write(exchange.IsAmbiguous);
        into.Write(exchange.Latency is not null);
        into.Write(exchange.Latency?.Ticks ?? 0);
        WriteText(into, exchange.Method);
        WriteText(into, exchange.Name);
    }

    private static ObservedMessage ReadMessage(BinaryReader from, ulong sequence, TimeSpan time)
    {
        // Initializers run in their order, which is that of the bytes.
        return new ObservedMessage
        {
            Sequence = sequence,
            SessionTime = time,
            Direction = (Direction)from.ReadByte(),
            Size = from.ReadInt64(),
            Truncated = from.ReadBoolean(),
            IsStopped = from.ReadBoolean(),
            Payload = from.ReadBytes(from.ReadInt32()),
            Envelope = new JsonRpcEnvelope
            {
                Kind = (JsonRpcKind)from.ReadByte(),
                InputRequired = from.ReadBoolean(),
                Id = ReadText(from),
                Method = ReadText(from),
                Name = ReadText(from),
                ErrorCode = ReadText(from),
                ErrorText = ReadText(from),
                ProtocolVersion = ReadText(from),
                CancelledId = ReadText(from),
                RequestState = ReadText(from),
                InputKeys = ReadText(from),
                ParseError = ReadText(from),
            },
            Exchange = new Exchange
            {
                Number = from.ReadUInt64(),
                RequestSequence = from.ReadUInt64(),
                RetryOf = from.ReadUInt64(),
                IsAmbiguous = from.ReadBoolean(),
                Latency = from.ReadBoolean() ? new TimeSpan(from.ReadInt64()) : Skip(from),
                Method = ReadText(from),
                Name = ReadText(from),
            },
        };
    }

    private static TimeSpan? Skip(BinaryReader from)
    {
        _ = from.ReadInt64();
        return null;
    }

    private static Dictionary<string, string> ReadData(BinaryReader from)
    {
        var count = from.ReadInt32();
        var data = new Dictionary<string, string>(count);
        for (var i = 0; i < count; i++)
            data[ReadText(from)!] = ReadText(from)!;
        return data;
    }

    /// <summary>The characters as they are in memory: a text from JSON may hold half of a surrogate pair, which no encoding keeps.</summary>
    private static void WriteText(BinaryWriter into, string? text)
    {
        into.Write(text?.Length ?? -1);
        if (text is not null)
            into.Write(MemoryMarshal.AsBytes(text.AsSpan()));
    }

    private static string? ReadText(BinaryReader from)
    {
        var length = from.ReadInt32();
        return length < 0 ? null : new string(MemoryMarshal.Cast<byte, char>(from.ReadBytes(length * sizeof(char))));
    }
}
