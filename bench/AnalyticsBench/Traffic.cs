using System.Text;
using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.AnalyticsBench;

/// <summary>A message, or an event.</summary>
internal sealed record Item(ObservedMessage? Message, StreamEvent? Event);

/// <summary>A session as an agent makes it: files are read again and again, searches are slow, and some calls fail.</summary>
internal sealed class Traffic
{
    private static readonly (string Server, string Client, double Startup, Tool[] Tools)[] Servers =
    [
        (
            "files",
            "claude-code",
            0.4,
            [
                new("read_file", 0.004, 8, 4000, 0.02, "ENOENT: no such file or directory"),
                new("search_files", 0.18, 2, 6000, 0.01, "Request timed out"),
                new("edit_file", 0.01, 2, 300, 0.08, "1 validation error for call[edit_file]"),
                new("list_directory", 0.002, 3, 900, 0, ""),
                new("move_file", 0.003, 0, 0, 0, ""),
                new("get_file_info", 0.003, 0, 0, 0, ""),
            ]
        ),
        (
            "github",
            "claude-code",
            4.1,
            [
                new("search_code", 0.9, 4, 140_000, 0.12, "403: API rate limit exceeded for user"),
                new("get_issue", 0.35, 3, 7000, 0.03, "HTTP error: 401 Unauthorized"),
                new("list_pull_requests", 0.6, 1, 22_000, 0.02, "TypeError: fetch failed"),
                new("create_gist", 0.5, 0, 0, 0, ""),
                new("delete_repository", 0.5, 0, 0, 0, ""),
            ]
        ),
        (
            "postgres",
            "cursor",
            0.9,
            [new("query", 0.06, 6, 3000, 0.05, "canceling statement due to statement timeout"), new("describe_table", 0.02, 2, 1500, 0, "")]
        ),
    ];

    private readonly List<Item> _items = [];
    private readonly Random _random;
    private DateTimeOffset _time;
    private readonly DateTimeOffset _start;
    private ulong _sequence;

    public Traffic(Random random, DateTimeOffset start, int calls)
    {
        (_random, _start, _time) = (random, start, start);
        var (server, client, startup, tools) = Servers[random.Next(Servers.Length)];
        Server = server;
        Happen(StreamEventType.SessionStarted, ("transport", "stdio"));
        Pass(startup * (0.7 + random.NextDouble()));
        Call("initialize", "", "{}", 400, 0, "");
        Happen(StreamEventType.SessionInitialized, ("clientName", client), ("protocolVersion", "2025-11-25"));
        Call("tools/list", "", $"{{\"tools\":[{string.Join(',', tools.Select(tool => tool.Definition))}]}}", 0, 0.003, "");
        var weighted = tools.SelectMany(tool => Enumerable.Repeat(tool, tool.Weight)).ToArray();
        for (var call = 0; call < calls; call++)
        {
            var tool = weighted[random.Next(weighted.Length)];
            Pass(random.NextDouble() * 20);
            var latency = tool.Latency * Math.Exp((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2);
            Call(
                "tools/call",
                tool.Name,
                "{}",
                (int)(tool.Size * random.NextDouble() * 2),
                latency,
                random.NextDouble() < tool.Failing ? tool.Error : ""
            );
        }

        Happen(StreamEventType.ServerExited, ("code", random.Next(20) == 0 ? "1" : "0"));
        Happen(StreamEventType.SessionEnded);
    }

    public string Server { get; }

    public IReadOnlyList<Item> Items => _items;

    private void Pass(double seconds) => _time += TimeSpan.FromSeconds(seconds);

    private void Call(string method, string name, string result, int size, double latency, string error)
    {
        var id = $"{_sequence + 1}";
        if (size > 0)
            result = $$$"""{"content":[{"type":"text","text":"{{{new string('x', size)}}}"}]}""";
        Add(
            MessageKind.Request,
            MessageDirection.Inbound,
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{"arguments":{"path":"src/file{{{_random.Next(60)}}}.cs","limit":100},"name":"{{{name}}}"} }""",
            null,
            ""
        );
        Pass(latency);
        Add(
            MessageKind.Response,
            MessageDirection.Outbound,
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{{{result}}} }""",
            latency,
            error
        );

        void Add(MessageKind kind, MessageDirection direction, string payload, double? took, string fault)
        {
            var bytes = Encoding.UTF8.GetBytes(payload);
            _items.Add(
                new(
                    new ObservedMessage
                    {
                        Kind = kind,
                        Direction = direction,
                        Method = method,
                        Name = name,
                        Id = id,
                        CorrelationId = id,
                        Payload = bytes,
                        Size = bytes.Length,
                        Sequence = ++_sequence,
                        Time = _time,
                        SinceSessionStart = _time - _start,
                        Latency = took is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                        ErrorCode = fault.Length > 0 ? "tool_error" : "",
                        ErrorText = fault,
                    },
                    null
                )
            );
        }
    }

    private void Happen(string type, params (string Name, string Value)[] data) =>
        _items.Add(
            new(
                null,
                new StreamEvent
                {
                    Type = type,
                    Sequence = ++_sequence,
                    Time = _time,
                    Data = data.ToDictionary(fact => fact.Name, fact => fact.Value),
                }
            )
        );

    private sealed record Tool(string Name, double Latency, int Weight, int Size, double Failing, string Error)
    {
        public string Definition =>
            $$$"""{"name":"{{{Name}}}","description":"{{{new string('d', 300)}}}","inputSchema":{"type":"object","properties":{"path":{"type":"string"} } } }""";
    }
}
