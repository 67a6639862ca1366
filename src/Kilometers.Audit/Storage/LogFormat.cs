using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kilometers.Audit.Storage;

/// <summary>How records stand on lines.</summary>
internal static class LogFormat
{
    /// <summary>The log's own events.</summary>
    public const string OwnEvents = "audit.",
        CheckpointEvent = "audit.checkpoint",
        RepairedEvent = "audit.repaired",
        DamagedEvent = "audit.damaged",
        LostEvent = "audit.lost",
        RotatedEvent = "audit.rotated";

    /// <summary>Longer lines are not ours: every text of a record is bounded.</summary>
    public const int MaxLine = 64 * 1024;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>As generated, but with letters of every script and signs like + as they are: people read the file with grep and less.</summary>
    public static AuditJsonContext Json { get; } =
        new(new JsonSerializerOptions(AuditJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>What stands for the hash of the line before the first.</summary>
    public static string NoHash { get; } = new('0', 64);

    public static byte[] Write(LogRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, Json.LogRecord);

    /// <returns>Null if the line is not a record of the known form.</returns>
    public static LogRecord? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return
                JsonSerializer.Deserialize(line, Json.LogRecord) is { Seq: > 0, Event.Length: > 0 } record
                && record.Prev.Length == NoHash.Length
                && ReadTime(record.Time) is not null
                && ReadDecision(record.Decision) is not null
                ? record
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <param name="line">Without its newline.</param>
    /// <param name="hash">Its hash, where it is known already.</param>
    public static AuditEntry ReadEntry(ReadOnlySpan<byte> line, string? hash = null)
    {
        var json = Encoding.UTF8.GetString(line);
        hash ??= Hash(line);
        if (Read(line) is not { } record)
            return new AuditEntry { Json = json, Hash = hash };

        // What we wrote is clean; what somebody else wrote must not reach a terminal either.
        return new AuditEntry
        {
            IsReadable = true,
            Seq = record.Seq,
            Time = ReadTime(record.Time)!.Value,
            Event = RecordText.Clean(record.Event),
            Decision = ReadDecision(record.Decision)!.Value,
            Plugin = RecordText.Clean(record.Plugin),
            Version = RecordText.Clean(record.Version),
            Digest = RecordText.Clean(record.Digest),
            Code = RecordText.Clean(record.Code),
            Detail = RecordText.Clean(record.Detail, RecordText.MaxDetail),
            Data = record.Data is { } data ? RecordText.CleanAll(data) : null,
            Session = RecordText.Clean(record.Session),
            User = RecordText.Clean(record.User),
            Pid = record.Pid,
            Hash = hash,
            Json = json,
        };
    }

    public static string Hash(ReadOnlySpan<byte> line) => Convert.ToHexStringLower(SHA256.HashData(line));

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static DateTimeOffset? ReadTime(string text) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    public static string Decision(AuditDecision decision) =>
        decision switch
        {
            AuditDecision.Allowed => "allowed",
            AuditDecision.Info => "info",
            _ => "denied",
        };

    public static string LossOf(long last, long named) =>
        $"records {Number(last + 1)} to {Number(named)}, which were not flushed to disk, are gone, and the machine was started since";

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static AuditDecision? ReadDecision(string text) =>
        text switch
        {
            "allowed" => AuditDecision.Allowed,
            "denied" => AuditDecision.Denied,
            "info" => AuditDecision.Info,
            _ => null,
        };
}
