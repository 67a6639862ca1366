using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Recordings;
using Kilometers.Recordings.Writing;

namespace Kilometers.Ui.Tests.Running;

/// <summary>A folder with a real file of recordings, written by the recorder's own writer.</summary>
internal sealed class RecordedFolder : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 28, 9, 30, 0, TimeSpan.Zero);

    public string Folder { get; } = Directory.CreateTempSubdirectory("km-ui-").FullName;

    /// <summary>A session with a key of its own; when it is disposed of, everything is in the file.</summary>
    public RecordedTraffic Session(string key, string server, DateTimeOffset? started = null) => new(Folder, key, server, started ?? Start);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>The traffic of a session, as it is recorded.</summary>
internal sealed class RecordedTraffic : IDisposable
{
    private readonly RecordingWriter _writer;
    private readonly SessionRecording _session;
    private readonly DateTimeOffset _started;
    private readonly Dictionary<long, string> _methods = [];
    private long _sequence;

    public RecordedTraffic(string folder, string key, string server, DateTimeOffset started)
    {
        _writer = new RecordingWriter(
            folder,
            new RecordingOptions { MinFreeBytes = 0, MaxAge = TimeSpan.FromDays(3650) },
            TimeProvider.System,
            _ => { }
        );
        _started = started;
        _session = _writer.Begin(
            new SessionDescription
            {
                Key = key,
                Server = server,
                Command = "npx " + server,
                KmVersion = "1.0.0",
                Payloads = "masked",
                Started = started,
            }
        );
    }

    /// <summary>When the next message passes.</summary>
    public TimeSpan At { get; set; }

    public RecordedTraffic Initialize(string client = "tester", string version = "2.1") =>
        Event("session.initialized", ("clientName", client), ("clientVersion", version), ("protocolVersion", "2025-06-18"));

    public RecordedTraffic End(int code = 0, string status = "exit code 0") =>
        Event("server.exited", ("code", code.ToString(CultureInfo.InvariantCulture)), ("status", status)).Event("session.ended");

    /// <summary>A request for a tool, with its answer.</summary>
    public RecordedTraffic Call(string tool, double milliseconds, string arguments = "{}", string result = "done", string? error = null)
    {
        var request = Request("tools/call", tool, $$"""{"name":{{Text(tool)}},"arguments":{{arguments}} }""");
        At += TimeSpan.FromMilliseconds(milliseconds);
        return Answer(
            request,
            milliseconds,
            error is null
                ? $$"""{"content":[{"type":"text","text":{{Text(result)}} }]}"""
                : $$"""{"isError":true,"content":[{"type":"text","text":{{Text(result)}} }]}""",
            error,
            result
        );
    }

    /// <summary>The server's tools, as <c>tools/list</c> announces them.</summary>
    public RecordedTraffic Tools(params (string Name, string Description)[] tools) =>
        Answer(Request("tools/list", "", "{}"), 3, $$"""{"tools":[{{string.Join(',', tools.Select(Definition))}}]}""");

    /// <summary>A request that gets no answer by itself.</summary>
    public long Request(string method, string name, string parameters)
    {
        var id = ++_sequence;
        _methods[id] = method;
        return Add(
            new RecordedMessage
            {
                Sequence = id,
                Time = _started + At,
                Direction = RecordedDirection.In,
                Kind = RecordedKind.Request,
                Method = method,
                Name = name,
                RequestId = id.ToString(CultureInfo.InvariantCulture),
                CorrelationId = "c" + id,
                Size = 60 + parameters.Length,
                Payload = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{id}},"method":{{Text(method)}},"params":{{parameters}} }"""),
            }
        );
    }

    public RecordedTraffic Answer(long request, double milliseconds, string result, string? error = null, string errorText = "")
    {
        Add(
            new RecordedMessage
            {
                Sequence = ++_sequence,
                Time = _started + At,
                Direction = RecordedDirection.Out,
                Kind = error is null or "tool_error" ? RecordedKind.Response : RecordedKind.ErrorResponse,
                Method = _methods[request],
                RequestSequence = request,
                CorrelationId = "c" + request,
                Latency = TimeSpan.FromMilliseconds(milliseconds),
                ErrorCode = error ?? "",
                ErrorText = error is null ? "" : errorText,
                Size = 40 + result.Length,
                Payload = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{request}},"result":{{result}} }"""),
            }
        );
        return this;
    }

    public RecordedTraffic Line(string line)
    {
        Add(
            new RecordedErrorLine
            {
                Sequence = ++_sequence,
                Time = _started + At,
                Line = line,
            }
        );
        return this;
    }

    public RecordedTraffic NotJson(string line)
    {
        Add(
            new RecordedMessage
            {
                Sequence = ++_sequence,
                Time = _started + At,
                Direction = RecordedDirection.Out,
                Kind = RecordedKind.NotJsonRpc,
                Size = line.Length,
                Payload = Encoding.UTF8.GetBytes(line),
            }
        );
        return this;
    }

    public RecordedTraffic Event(string type, params (string Name, string Value)[] data)
    {
        Add(
            new RecordedEvent
            {
                Sequence = ++_sequence,
                Time = _started + At,
                Type = type,
                Data = data.ToDictionary(fact => fact.Name, fact => fact.Value),
            }
        );
        return this;
    }

    public void Dispose() => _writer.Dispose();

    private long Add(RecordedItem item)
    {
        _session.AddAsync(item, TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();
        return item.Sequence;
    }

    private static string Definition((string Name, string Description) tool) =>
        $$$"""{"name":{{{Text(tool.Name)}}},"description":{{{Text(tool.Description)}}},"inputSchema":{"type":"object"}}""";

    private static string Text(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
