using System.Text;
using Kilometers.Contracts;
using Kilometers.Transcripts.Importing;

namespace Kilometers.Transcripts.Tests.Importing;

/// <summary>Files that are not exports, or are damaged: each gets an error that names the place.</summary>
public sealed class MalformedTests
{
    private const string Head = """{"format":"km-session","version":1,"session":{"key":"k1","started":"2026-11-01T12:00:00Z"}""";
    private const string Message =
        """{"type":"message","sequence":1,"time":"2026-11-01T12:00:00Z","direction":"in","kind":"request","bytes":1,"call":"1" """;
    private const string Snoop =
        """{"session_id":"s","server_label":"x","seq":1,"ts":"2026-11-01T12:00:00Z","direction":"c2s","transport":"stdio" """;
    private const string Inspector = """{"id":"1","timestamp":"2026-11-01T12:00:00Z","direction":"request","origin":"client" """;

    public static TheoryData<string, string> Files =>
        new()
        {
            { "", "is empty" },
            { " \n\t\r\n", "is empty" },
            { "hello", "not JSON" },
            { "{", "not JSON" },
            { "{\"format\":\"km-session\"", "not JSON" },
            { "\"text\"", "not an object" },
            { "17", "not an object" },
            { "null", "not an object" },
            { "true", "not an object" },
            { "{}", "none of the members" },
            { "{}{}", "several JSON values" },
            { """{"log":{"version":"1.2","entries":[]}}""", "HAR" },
            { """{"resourceSpans":[]}""", "OpenTelemetry" },
            { """{"mcpServers":{}}""", "configuration" },
            { """{"format":"other"}""", "format is 'other'" },
            { """{"format":"km-session"}""", "no version" },
            { """{"format":"km-session","version":"1"}""", "not a whole number" },
            { """{"format":"km-session","version":2}""", "version is 2" },
            { """{"format":"km-session","version":1}""", "no session" },
            { """{"format":"km-session","version":1,"session":[]}""", "not an object" },
            { """{"format":"km-session","version":1,"session":{"started":"2026-11-01T12:00:00Z"}}""", "no key" },
            { """{"format":"km-session","version":1,"session":{"key":"../x","started":"2026-11-01T12:00:00Z"}}""", "not an id" },
            { """{"format":"km-session","version":1,"session":{"key":"","started":"2026-11-01T12:00:00Z"}}""", "not an id" },
            { """{"format":"km-session","version":1,"session":{"key":"k"}}""", "no started" },
            { """{"format":"km-session","version":1,"session":{"key":"k","started":"yesterday"}}""", "not a time" },
            { """{"format":"km-session","version":1,"session":{"key":"k","started":"1960-01-01T00:00:00Z"}}""", "not a time" },
            {
                """{"format":"km-session","version":1,"session":{"key":"k","started":"2026-11-01T12:00:00Z","payloads":"some"}}""",
                "payloads"
            },
            { """{"format":"km-session","version":1,"session":{"key":"k","started":"2026-11-01T12:00:00Z","name":"\ud800"}}""", "Unicode" },
            { Head + ""","items":{}}""", "not an array" },
            { Head + ""","items":[1]}""", "item 1 is not an object" },
            { Head + ""","items":[{}]}""", "item 1 has no type" },
            { Head + ""","items":[{"type":"else"}]}""", "type of item 1" },
            { Head + ""","items":[{"type":"stderr","time":"2026-11-01T12:00:00Z","line":"x"}]}""", "no sequence" },
            { Head + ""","items":[{"type":"stderr","sequence":1.5,"time":"2026-11-01T12:00:00Z","line":"x"}]}""", "not a whole number" },
            { Head + ""","items":[{"type":"stderr","sequence":0,"time":"2026-11-01T12:00:00Z","line":"x"}]}""", "sequence of item 1" },
            { Head + ""","items":[{"type":"stderr","sequence":1,"time":"2026-11-01T12:00:00Z"}]}""", "no line" },
            { Head + ""","items":[{"type":"event","sequence":1,"time":"2026-11-01T12:00:00Z"}]}""", "no event" },
            {
                Head + ""","items":[{"type":"event","sequence":1,"time":"2026-11-01T12:00:00Z","event":"x","data":{"a":1}}]}""",
                "not a text"
            },
            {
                Head + ""","items":[{"type":"event","sequence":1,"time":"2026-11-01T12:00:00Z","event":"x","data":{"a":"1","a":"2"}}]}""",
                "twice"
            },
            { Head + ""","items":[""" + Message + ""","direction":"up"}]}""", "direction of item 1" },
            { Head + ""","items":[""" + Message + ""","kind":"reply"}]}""", "kind of item 1" },
            { Head + ""","items":[""" + Message + ""","bytes":-1}]}""", "negative" },
            { Head + ""","items":[""" + Message + ""","latencyMs":-1}]}""", "milliseconds" },
            { Head + ""","items":[""" + Message + ""","latencyMs":1e300}]}""", "milliseconds" },
            { Head + ""","items":[""" + Message + ""","truncated":1}]}""", "neither true nor false" },
            { Head + ""","items":[""" + Message + ""","call":null}]}""", "without a call" },
            { Head + ""","items":[""" + Message + ""","kind":"response","request":7}]}""", "not before it" },
            { Head + ""","items":[""" + Message + ""","payload":{},"payloadText":"x"}]}""", "more than one payload" },
            { Head + ""","items":[""" + Message + ""","payloadBase64":"%%%"}]}""", "not base64" },
            { Head + ""","items":[""" + Message + "}," + Message + "}]}", "sequence of item 2" },
            { Head + ""","items":[]}{}""", "something follows" },
            { Head + "}\n{\"type\":\"stderr\"}", "line 2 has no sequence" },
            { Head + "}\n" + Message + "}\n" + Message, "value 3 is not JSON" },
            { Snoop + "}", "neither raw nor text" },
            { Snoop + ""","raw":{}}""" + "\n" + Snoop + ""","session_id":"t","raw":{}}""", "another session" },
            { Snoop + ""","direction":"up","raw":{}}""", "direction of line 1" },
            { Snoop + ""","ts":"now","raw":{}}""", "not a time" },
            { """{"generated_at":"2026-11-01T12:00:00Z","session":{},"events":[]}""", "no id" },
            { """{"generated_at":"2026-11-01T12:00:00Z","session":{"id":"s"},"events":[]}""", "no messages" },
            { """{"generated_at":"2026-11-01T12:00:00Z","session":{"id":"s"},"events":[7]}""", "event 1 is not an object" },
            { "[]", "no messages" },
            { "[1]", "entry 1 is not an object" },
            { """[{"id":"1","url":"http://x"}]""", "not logs, network or console" },
            { "[" + Inspector + ""","message":[]}]""", "not an object" },
            { "[" + Inspector + ""","direction":"up","message":{}}]""", "direction of entry 1" },
            { "[" + Inspector + ""","origin":"me","message":{}}]""", "origin of entry 1" },
            { "[" + Inspector + ""","message":{},"response":1}]""", "not an object" },
            { "[" + Inspector + ""","message":{},"response":{},"duration":"x"}]""", "milliseconds" },
            { new string('[', 100_000), "not JSON" },
        };

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_AFileThatIsNotAnExport_SaysWhatAndWhere(string content, string expected)
    {
        var error = Error(Encoding.UTF8.GetBytes(content));
        Assert.Equal("REC_IMP_001", error.Code);
        Assert.Contains(expected, error.Detail, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Read_BytesOfAnyKind_NeverThrowAnythingElse()
    {
        var random = new Random(1);
        var sound = Encoding.UTF8.GetBytes(Head + ""","items":[""" + Message + ""","payload":{"a":[1,2,"x"]},"id":1}]}""");
        TryRead(sound);
        for (var round = 0; round < 3000; round++)
        {
            var broken = sound.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            TryRead(broken.AsMemory(0, random.Next(2) == 0 ? broken.Length : random.Next(broken.Length)));
        }

        static void TryRead(ReadOnlyMemory<byte> content)
        {
            try
            {
                TranscriptFile.Read(content);
            }
            catch (ImportException)
            {
                // As it should be.
            }
        }
    }

    [Fact]
    public void Read_AFileThatIsMissingOrCompressed_IsTheSameError()
    {
        Assert.Equal("REC_IMP_001", Assert.Throws<KmException>(() => TranscriptFile.Read("/nowhere/x.json")).Error.Code);
        Assert.Contains("compressed", Error([0x1f, 0x8b, 8, 0]).Detail, StringComparison.Ordinal);
    }

    private static KmError Error(byte[] content)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            return Assert.Throws<KmException>(() => TranscriptFile.Read(path)).Error;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
