using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using Kilometers.Api.Events.Model;
using Kilometers.Contracts;

namespace Kilometers.Api.Events.Queries;

/// <summary>Reads what stands behind the question mark of an address. A name that is there twice or a value that is none is an error.</summary>
internal sealed class QueryText(HttpRequest request)
{
    private const int MaxText = 1024;
    private static readonly string[] TimeFormats = ["yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd"];

    /// <exception cref="KmException"><c>API_REQ_001</c>.</exception>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
            return null;
        return DateTimeOffset.TryParseExact(
            text,
            TimeFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : throw Invalid($"{name} is not a time like 2026-01-02T03:04:05Z.");
    }

    /// <exception cref="KmException"><c>API_REQ_001</c>.</exception>
    public int Number(string name, int otherwise, int least, int most)
    {
        if (Text(name) is not { } text)
            return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Invalid($"{name} is not a whole number from {least} to {most}.");
    }

    /// <exception cref="KmException"><c>API_REQ_001</c>.</exception>
    public bool Flag(string name, bool otherwise) =>
        Text(name) switch
        {
            null => otherwise,
            "true" => true,
            "false" => false,
            _ => throw Invalid($"{name} is neither true nor false."),
        };

    /// <exception cref="KmException"><c>API_REQ_001</c>.</exception>
    public Guid? Cursor(string name)
    {
        if (Text(name) is not { } text)
            return null;
        Span<byte> bytes = stackalloc byte[16];
        return
            Base64Url.DecodeFromChars(text, bytes, out _, out var length) == OperationStatus.Done
            && length == bytes.Length
            && new Guid(bytes, bigEndian: true) is var id
            && EventIdentifier.TimeOf(id) is not null
            ? id
            : throw Invalid($"{name} did not come from this API.");
    }

    /// <summary>The cursor of a page whose last event has this id.</summary>
    public static string CursorOf(Guid id) => Base64Url.EncodeToString(id.ToByteArray(bigEndian: true));

    /// <exception cref="KmException"><c>API_REQ_001</c>.</exception>
    public string? Text(string name)
    {
        var values = request.Query[name];
        if (values.Count == 0)
            return null;
        var text = values[0];
        if (values.Count > 1 || string.IsNullOrEmpty(text))
            throw Invalid($"{name} is there twice, or empty.");
        return text.Length <= MaxText && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : throw Invalid($"{name} is too long, or has a NUL character.");
    }

    public static KmException Invalid(string why) => new(new KmError(ErrorCode.ApiRequestInvalid, "The question is malformed", why));
}
