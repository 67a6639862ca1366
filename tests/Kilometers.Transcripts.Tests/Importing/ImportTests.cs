using System.Text;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Writing;
using Kilometers.Transcripts.Exporting;
using Kilometers.Transcripts.Importing;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Transcripts.Tests.Importing;

public sealed class ImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-imp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ExportFormat.Json)]
    [InlineData(ExportFormat.Jsonl)]
    public void Read_WhatWasExported_IsTheSameSession(ExportFormat format)
    {
        var session = Sample();
        var read = TranscriptFile.Read(Encoding.UTF8.GetBytes(Export(session, format)));
        Assert.Equal(session.Session, read.Session);
        AssertSame(session.Items, read.Items);
    }

    [Fact]
    public void Add_AnImportedSession_IsReadAsItWas()
    {
        var session = Sample();
        Assert.True(Add(session));
        using var reader = RecordingReader.Open(_folder);
        var found = Assert.Single(reader.Sessions());
        var loaded = Transcript.Load(reader, found);
        AssertSame(session.Items, loaded.Items);
        Assert.Equal(Export(session, ExportFormat.Jsonl).Split('\n')[1..], Export(loaded, ExportFormat.Jsonl).Split('\n')[1..]);
        Assert.Equal(("before", 2L, 1L, 3L), (found.Name, found.Calls, found.Errors, found.Missed));
        Assert.Equal(
            [CallOutcome.Error, CallOutcome.Ok],
            reader.Calls(new CallFilter { Session = found.Row }).Select(call => call.Outcome)
        );
    }

    [Fact]
    public void Add_ASessionThatIsThere_ChangesNothing()
    {
        Assert.True(Add(Sample()));
        Assert.False(Add(Sample()));
        using var reader = RecordingReader.Open(_folder);
        Assert.Equal(2, Assert.Single(reader.Sessions()).Calls);
    }

    [Fact]
    public void Add_AnItemThatCannotBeWritten_LeavesNothingOfTheSession()
    {
        var session = Sample();
        var items = session
            .Items.Append(
                new RecordedErrorLine
                {
                    Sequence = 90,
                    Time = Sessions.Start,
                    Line = null!,
                }
            )
            .ToList();
        Assert.Throws<ArgumentNullException>(() => Add(session with { Items = items }));
        using var reader = RecordingReader.Open(_folder);
        Assert.Empty(reader.Sessions());
        Assert.Empty(reader.Calls(new CallFilter()));
    }

    [Fact]
    public void Read_LogOfMcpsnoop_HasItsCalls()
    {
        var session = TranscriptFile.Read(
            """
            {"session_id":"s1","server_label":"files","seq":0,"ts":"2026-11-01T12:00:00.5+01:00","direction":"meta","transport":"stdio","raw":{"command":["npx","files"]}}
            {"session_id":"s1","server_label":"files","seq":1,"ts":"2026-11-01T12:00:01Z","direction":"c2s","transport":"stdio","raw":{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","clientInfo":{"name":"claude","version":"2"}}}}
            {"session_id":"s1","server_label":"files","seq":2,"ts":"2026-11-01T12:00:01.020Z","direction":"s2c","transport":"stdio","raw":{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}}
            {"session_id":"s1","server_label":"files","seq":3,"ts":"2026-11-01T12:00:02Z","direction":"c2s","transport":"stdio","raw":{"jsonrpc":"2.0","method":"notifications/initialized"}}
            {"session_id":"s1","server_label":"files","seq":4,"ts":"2026-11-01T12:00:03Z","direction":"c2s","transport":"stdio","raw":{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"read","arguments":{}}}}
            {"session_id":"s1","server_label":"files","seq":5,"ts":"2026-11-01T12:00:03.1Z","direction":"stderr","transport":"stdio","text":"careful"}
            {"session_id":"s1","server_label":"files","seq":6,"ts":"2026-11-01T12:00:03.2Z","direction":"s2c","transport":"stdio","text":"not json"}
            {"session_id":"s1","server_label":"files","seq":7,"ts":"2026-11-01T12:00:03.3Z","direction":"s2c","transport":"stdio","raw":{"jsonrpc":"2.0","id":"a","result":{"isError":true,"content":[{"type":"text","text":"no"}]}}}
            """u8.ToArray()
        );
        Assert.Equal(
            ("files", "npx files", "claude", "2025-06-18"),
            (session.Session.Server, session.Session.Command, session.Session.Client, session.Session.Protocol)
        );
        Assert.Equal(["initialize", "read"], session.Calls.Select(call => call.Title));
        Assert.Equal([20, 300], session.Calls.Select(call => call.Latency!.Value.TotalMilliseconds));
        Assert.Equal("tool_error", session.Calls[1].Response!.ErrorCode);
        Assert.Equal("careful", Assert.Single(session.Items.OfType<RecordedErrorLine>()).Line);
        Assert.Contains(session.Messages, message => message.Kind == RecordedKind.NotJsonRpc);
        Assert.Equal(session.Session.Key, Again(session).Session.Key);
        Assert.True(Add(session));
    }

    [Fact]
    public void Read_ExportOfMcpsnoop_HasItsEvents()
    {
        var session = TranscriptFile.Read(
            """
            {
              "generated_at": "2026-11-01T13:00:00Z",
              "session": {"id": "s1", "label": "files", "missing_frames": 2},
              "calls": [],
              "events": [
                {"seq": 1, "timestamp": "2026-11-01T12:00:00Z", "direction": "c2s", "kind": "request", "raw": {
                  "jsonrpc": "2.0", "id": 12345678901234567890, "method": "tools/list"}},
                {"seq": 2, "timestamp": "2026-11-01T12:00:00.004Z", "direction": "s2c", "kind": "response", "raw": {
                  "jsonrpc": "2.0", "id": 12345678901234567890, "result": {"tools": []}}}
              ]
            }
            """u8.ToArray()
        );
        Assert.Equal(2, session.Session.Missed);
        Assert.Equal(
            """{"jsonrpc":"2.0","id":12345678901234567890,"method":"tools/list"}""",
            Encoding.UTF8.GetString(session.Calls[0].Request.Payload!.Value.Span)
        );
        Assert.Equal(4, session.Calls[0].Latency!.Value.TotalMilliseconds);
    }

    [Fact]
    public void Read_ProtocolExportOfInspector_HasBothSides()
    {
        var session = TranscriptFile.Read(
            """
            [
              {"id":"a","timestamp":"2026-11-01T12:00:00.000Z","direction":"request","origin":"client","message":{"jsonrpc":"2.0","id":0,"method":"tools/call","params":{"name":"ask"}},
               "response":{"jsonrpc":"2.0","id":0,"result":{}},"duration":250},
              {"id":"b","timestamp":"2026-11-01T12:00:00.100Z","direction":"request","message":{"jsonrpc":"2.0","id":0,"method":"sampling/createMessage"}},
              {"id":"c","timestamp":"2026-11-01T12:00:00.200Z","direction":"response","origin":"client","message":{"jsonrpc":"2.0","id":0,"error":{"code":-1,"message":"no"}}},
              {"id":"d","timestamp":"2026-11-01T12:00:00.300Z","direction":"notification","message":{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}}
            ]
            """u8.ToArray()
        );
        Assert.Equal(["ask", "sampling/createMessage"], session.Calls.Select(call => call.Title));
        Assert.Equal([RecordedDirection.In, RecordedDirection.Out], session.Calls.Select(call => call.Request.Direction));
        Assert.Equal([250, 100], session.Calls.Select(call => call.Latency!.Value.TotalMilliseconds));
        Assert.Equal(RecordedDirection.Out, session.Messages.Last().Direction);
    }

    private static Transcript Sample()
    {
        var ok = Sessions.Request(2, "echo", "{}");
        var bad = Sessions.Request(4, Sessions.Hostile, "{}");
        var session = Sessions.Of([
            new RecordedEvent
            {
                Sequence = 1,
                Time = Sessions.Start,
                Type = "session.initialized",
                Data = new Dictionary<string, string> { ["clientName"] = "tester", ["protocolVersion"] = "2025-06-18" },
            },
            ok,
            Sessions.Response(ok, """{ "content": [1.50, "\u00fc"] }"""),
            bad,
            Sessions.Response(bad, """{"code":-32000}""", 1.234, "-32000"),
            new RecordedErrorLine
            {
                Sequence = 6,
                Time = Sessions.Start.AddSeconds(9),
                Line = Sessions.Hostile,
            },
            new RecordedMessage
            {
                Sequence = 7,
                Time = Sessions.Start.AddSeconds(10),
                Direction = RecordedDirection.Out,
                Kind = RecordedKind.NotJsonRpc,
                Size = 3,
                Payload = new byte[] { 0xff, 0, 0xfe },
                IsTruncated = true,
            },
        ]);
        return session with { Session = session.Session with { Name = "before", Missed = 3, LastSeen = Sessions.Start.AddSeconds(10) } };
    }

    private bool Add(Transcript session) =>
        SessionImport.Add(
            _folder,
            new SessionDescription
            {
                Key = session.Session.Key,
                Server = session.Session.Server!,
                Payloads = "masked",
                Started = session.Session.Started,
            },
            session.Session.Name,
            session.Session.Missed,
            session.Items,
            new FakeTimeProvider(Sessions.Start)
        );

    private static Transcript Again(Transcript session) => TranscriptFile.Read(Encoding.UTF8.GetBytes(Export(session, ExportFormat.Json)));

    private static string Export(Transcript session, ExportFormat format)
    {
        using var stream = new MemoryStream();
        TranscriptExport.Write(session, format, "1.0.0", stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void AssertSame(IReadOnlyList<RecordedItem> expected, IReadOnlyList<RecordedItem> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (one, other) in expected.Zip(actual))
        {
            if (one is RecordedMessage message)
            {
                var copy = Assert.IsType<RecordedMessage>(other);
                Assert.Equal(message.Payload?.ToArray(), copy.Payload?.ToArray());
                Assert.Equal(message with { Payload = null }, copy with { Payload = null });
            }
            else if (one is RecordedEvent occurrence)
            {
                Assert.Equal(occurrence.Type, ((RecordedEvent)other).Type);
                Assert.Equal(occurrence.Data.OrderBy(fact => fact.Key), ((RecordedEvent)other).Data.OrderBy(fact => fact.Key));
            }
            else
                Assert.Equal(one, other);
        }
    }
}
