namespace Kilometers.Transcripts.Exporting;

/// <summary>What a session can be exported as.</summary>
public enum ExportFormat
{
    /// <summary>One JSON object that <c>km import</c> reads.</summary>
    Json,

    /// <summary>The same as JSON lines.</summary>
    Jsonl,

    /// <summary>One page for a browser.</summary>
    Html,

    /// <summary>HTTP Archive 1.2.</summary>
    Har,

    /// <summary>OpenTelemetry traces in the JSON encoding of OTLP.</summary>
    Otlp,

    /// <summary>A summary in Markdown.</summary>
    Md,
}

/// <summary>Writes a session in one of the formats.</summary>
public static class TranscriptExport
{
    /// <param name="transcript">The session.</param>
    /// <param name="format">The format.</param>
    /// <param name="version">The version of km that exports it.</param>
    /// <param name="output">Where it goes; UTF-8 without a byte order mark.</param>
    public static void Write(Transcript transcript, ExportFormat format, string version, Stream output)
    {
        ArgumentNullException.ThrowIfNull(transcript);
        switch (format)
        {
            case ExportFormat.Json:
                JsonExport.Write(transcript, output);
                break;
            case ExportFormat.Jsonl:
                JsonExport.WriteLines(transcript, output);
                break;
            case ExportFormat.Html:
                HtmlExport.Write(transcript, version, output);
                break;
            case ExportFormat.Har:
                HarExport.Write(transcript, version, output);
                break;
            case ExportFormat.Otlp:
                OtlpExport.Write(transcript, version, output);
                break;
            case ExportFormat.Md:
                MarkdownExport.Write(transcript, output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }
    }
}
