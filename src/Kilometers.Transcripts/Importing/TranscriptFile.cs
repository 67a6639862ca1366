using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Kilometers.Contracts;

namespace Kilometers.Transcripts.Importing;

/// <summary>Reads sessions from files: km's json and jsonl, mcpsnoop's session logs and JSON exports, and MCP Inspector's protocol exports.</summary>
public static class TranscriptFile
{
    /// <summary>What fits into memory several times.</summary>
    private const long MaxSize = 512L << 20;

    /// <summary>A payload may be as deep as a parser takes, and has a few levels around it here.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Payload.MaxDepth + 8 };

    /// <summary>Reads a file.</summary>
    /// <exception cref="KmException"><c>REC_IMP_001</c>: it cannot be read, or is not an export that km knows.</exception>
    public static Transcript Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxSize } file)
                throw new ImportException($"it has {file.Length >> 20} MB; km reads up to {MaxSize >> 20} MB");
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is ImportException or IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.NotAnExport,
                    $"{path} is not an export that km can read",
                    Sentence(e.Message),
                    "km reads what `km export --format json` or jsonl wrote, mcpsnoop's logs and JSON exports, and MCP Inspector's protocol exports."
                )
            );
        }
    }

    /// <exception cref="ImportException">It is not an export that km knows.</exception>
    internal static Transcript Read(ReadOnlyMemory<byte> content)
    {
        if (content.Span.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
            content = content[3..];
        if (content.Span.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            throw new ImportException("it is compressed; unpack it first");
        if (!Utf8.IsValid(content.Span))
            throw new ImportException("it is not UTF-8");
        var values = Values(content);
        try
        {
            return values switch
            {
                [] => throw new ImportException("it is empty"),
                [{ RootElement.ValueKind: JsonValueKind.Array } list] => InspectorReader.Read(list.RootElement),
                [var one, ..] => OfObjects(JsonMembers.Of(one.RootElement, "its first value"), values),
            };
        }
        catch (InvalidOperationException)
        {
            throw new ImportException("a name in it is not valid Unicode");
        }
        finally
        {
            foreach (var value in values)
                value.Dispose();
        }
    }

    private static Transcript OfObjects(JsonMembers first, List<JsonDocument> values)
    {
        if (first.Value("format") is { ValueKind: JsonValueKind.String })
        {
            if (first.Text("format") is var format && format != TranscriptFormat.Name)
                throw new ImportException($"its format is '{format}'");
            return first.Has("items")
                ? KmSessionReader.Read(first, first.Array("items"), isLines: false, values.Count)
                : KmSessionReader.Read(first, values.Skip(1).Select(value => value.RootElement), isLines: true, values.Count);
        }

        if (first.Has("session_id") && first.Has("direction"))
            return SnoopReader.ReadLog(values.Select(value => value.RootElement));
        if (values.Count > 1)
            throw new ImportException("it has several JSON values, and the first is not the beginning of an export");
        if (first.Has("generated_at") && first.Has("events"))
            return SnoopReader.ReadExport(first);
        throw new ImportException(
            first.Has("log") ? "it is an HTTP archive (HAR), which does not hold the whole session"
            : first.Has("resourceSpans") ? "it is OpenTelemetry data, which does not hold the messages"
            : first.Has("mcpServers") ? "it is a configuration of servers, not a session"
            : "its first value has none of the members of a known export"
        );
    }

    /// <summary>The JSON values of the file: one, or one per line.</summary>
    private static List<JsonDocument> Values(ReadOnlyMemory<byte> content)
    {
        var values = new List<JsonDocument>();
        try
        {
            while (!(content = content[Blank(content.Span)..]).IsEmpty)
            {
                var reader = new Utf8JsonReader(
                    content.Span,
                    new JsonReaderOptions { MaxDepth = Options.MaxDepth, AllowMultipleValues = true }
                );
                reader.Read();
                reader.Skip();
                var length = (int)reader.BytesConsumed;
                values.Add(JsonDocument.Parse(content[..length], Options));
                content = content[length..];
            }

            return values;
        }
        catch (JsonException e)
        {
            foreach (var value in values)
                value.Dispose();
            throw new ImportException(
                values.Count == 0
                    ? $"it is not JSON: {e.Message}"
                    : string.Create(CultureInfo.InvariantCulture, $"value {values.Count + 1} is not JSON: {e.Message}")
            );
        }
    }

    private static int Blank(ReadOnlySpan<byte> content) => content.IndexOfAnyExcept(" \t\r\n"u8) is >= 0 and var at ? at : content.Length;

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..].TrimEnd('.') + ".";
}
