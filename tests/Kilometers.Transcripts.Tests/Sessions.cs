using System.Text;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts.Tests;

/// <summary>Sessions as the recorder would have them.</summary>
internal static class Sessions
{
    public const string Hostile = "<script>alert('x')</script>|`*\" \u202e & \ud83d\ude00";

    public static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A session of calls of tools: each has a request and, unless it is null, a response.</summary>
    public static Transcript Of(params (string Tool, string Arguments, string? Result)[] calls) =>
        Of([
            .. calls.SelectMany(
                (call, at) =>
                {
                    var sequence = (at * 2) + 1;
                    var request = Request(sequence, call.Tool, call.Arguments);
                    return call.Result is { } result ? (RecordedItem[])[request, Response(request, result)] : [request];
                }
            ),
        ]);

    public static Transcript Of(IReadOnlyList<RecordedItem> items) =>
        new()
        {
            Session = new RecordedSession
            {
                Row = 0,
                Key = "0000000000000000aaaaaaaaaaaa1111",
                Server = "files",
                Command = "npx files --token ***",
                Client = "tester",
                Protocol = "2025-06-18",
                Payloads = "masked",
                Started = Start,
                LastSeen = Start.AddMinutes(1),
            },
            Items = items,
        };

    public static RecordedMessage Request(long sequence, string tool, string arguments) =>
        Request(sequence, "tools/call", tool, $$"""{"name":"{{JsonEncoded(tool)}}","arguments":{{arguments}}}""");

    public static RecordedMessage Request(
        long sequence,
        string method,
        string name,
        string parameters,
        RecordedDirection direction = RecordedDirection.In
    )
    {
        var payload = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{sequence}},"method":"{{method}}","params":{{parameters}}}""");
        return new()
        {
            Sequence = sequence,
            Time = Start.AddSeconds(sequence),
            Direction = direction,
            Kind = RecordedKind.Request,
            Method = method,
            Name = name,
            RequestId = sequence.ToString(System.Globalization.CultureInfo.InvariantCulture),
            CorrelationId = sequence.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Size = payload.Length,
            Payload = payload,
        };
    }

    /// <param name="request">What it answers.</param>
    /// <param name="result">The result, or with <paramref name="errorCode"/> the error object.</param>
    /// <param name="milliseconds">The latency.</param>
    /// <param name="errorCode">The error's code.</param>
    public static RecordedMessage Response(RecordedMessage request, string result, double milliseconds = 5, string errorCode = "")
    {
        var member = errorCode is "" or "tool_error" ? "result" : "error";
        var payload = Encoding.UTF8.GetBytes($$"""{"{{member}}":{{result}},"jsonrpc":"2.0","id":{{request.RequestId}}}""");
        return new()
        {
            Sequence = request.Sequence + 1,
            Time = request.Time.AddMilliseconds(milliseconds),
            Direction = request.Direction == RecordedDirection.In ? RecordedDirection.Out : RecordedDirection.In,
            Kind = member == "error" ? RecordedKind.ErrorResponse : RecordedKind.Response,
            Method = request.Method,
            Name = request.Name,
            RequestId = request.RequestId,
            CorrelationId = request.CorrelationId,
            RequestSequence = request.Sequence,
            Latency = TimeSpan.FromMilliseconds(milliseconds),
            ErrorCode = errorCode,
            ErrorText = errorCode.Length > 0 ? Hostile : "",
            Size = payload.Length,
            Payload = payload,
        };
    }

    public static string JsonEncoded(string text) => System.Text.Json.JsonEncodedText.Encode(text).ToString();
}
