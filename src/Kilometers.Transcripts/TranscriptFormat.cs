using System.Globalization;
using Kilometers.Recordings;

namespace Kilometers.Transcripts;

/// <summary>The words of km's own format, json and jsonl (docs/see/export.md). Members are added, never changed.</summary>
internal static class TranscriptFormat
{
    /// <summary>The value of <c>format</c>.</summary>
    public const string Name = "km-session";

    /// <summary>The value of <c>version</c>.</summary>
    public const int Version = 1;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private static readonly string[] Directions = ["unknown", "in", "out"];
    private static readonly string[] Kinds = ["unknown", "request", "response", "error", "notification", "other"];

    public static string Of(RecordedDirection direction) => Directions.ElementAtOrDefault((int)direction) ?? Directions[0];

    public static string Of(RecordedKind kind) => Kinds.ElementAtOrDefault((int)kind) ?? Kinds[0];

    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static RecordedDirection? Direction(string text) =>
        Array.IndexOf(Directions, text) is >= 0 and var at ? (RecordedDirection)at : null;

    public static RecordedKind? Kind(string text) => Array.IndexOf(Kinds, text) is >= 0 and var at ? (RecordedKind)at : null;
}
