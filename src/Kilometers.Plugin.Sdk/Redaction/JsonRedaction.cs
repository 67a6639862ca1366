using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Masks the secrets of one message token by token, so that names and values are seen without their escapes and JSON stays JSON. From
/// where it is not JSON on, as text. Bytes stand for characters there (Latin-1), so that what is not masked comes out as it went in.
/// </summary>
internal sealed class JsonRedaction(SecretNames names, TextRedaction text)
{
    /// <summary>JSON in a string of JSON in a string …; deeper than this it is text.</summary>
    private const int DeepestString = 5;

    /// <summary>An exception costs as much as thousands of characters: with more strings than this that only began like JSON, the others are text.</summary>
    private const int MaxFailures = 50;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1000 };
    private static readonly byte[] Masked = "\"***\""u8.ToArray();

    private static readonly SearchValues<byte> BeforeValue = SearchValues.Create(" \t\r\n:,"u8);

    private int _failures;

    /// <returns>The redacted bytes; null if there is no secret.</returns>
    public byte[]? Redact(ReadOnlySpan<byte> message)
    {
        if (!Utf8.IsValid(message))
            return RedactText(message);
        return RedactJson(message, 0);
    }

    private byte[]? RedactJson(ReadOnlySpan<byte> message, int depth) =>
        message.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? RedactContainer(message, depth) : RedactScalar(message, depth);

    /// <summary>One string or number, as an id is; else text.</summary>
    private byte[]? RedactScalar(ReadOnlySpan<byte> message, int depth)
    {
        var edits = new JsonEdits();
        try
        {
            var reader = new Utf8JsonReader(message, Options);
            reader.Read();
            MaskString(ref reader, depth, ref edits);
            reader.Read();
            return edits.Apply(message);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            _failures++;
            edits = new JsonEdits();
            MaskRest(message, 0, secret: false, broken: false, depth, ref edits);
            return edits.Apply(message);
        }
    }

    private byte[]? RedactContainer(ReadOnlySpan<byte> json, int depth)
    {
        var edits = new JsonEdits();
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(Options));
        var frames = new Stack<JsonFrame>();
        var lists = new JsonLists(names, text);
        var done = 0;
        var kind = NameKind.Other;
        var broken = false;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    frames.Peek().Member = name;
                    kind = name is "result" && frames.Any(static frame => frame.MakesPassword) ? NameKind.Secret : names.Classify(name);
                    if (kind == NameKind.Other)
                        MaskString(ref reader, name, depth, ref edits);
                }
                else
                {
                    if (!ReadValue(ref reader, json, kind, depth, frames, lists, ref edits))
                        break;
                    kind = NameKind.Other;
                }
                done = (int)reader.BytesConsumed;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON from here on; or a string with half of a surrogate pair, which has no text.
            _failures++;
            broken = true;
        }
        MaskRest(json, done, kind == NameKind.Secret, broken, depth, ref edits);
        return edits.Apply(json);
    }

    /// <returns>False if the value is cut off.</returns>
    private bool ReadValue(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> json,
        NameKind kind,
        int depth,
        Stack<JsonFrame> frames,
        JsonLists lists,
        ref JsonEdits edits
    )
    {
        frames.TryPeek(out var frame);
        var start = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                frames.Pop();
                frames.TryPeek(out var around);
                if (frame!.IsArray)
                    lists.Close(frame, around is { IsArray: false } ? around.Member : "", ref edits);
                if (frame is { Texts: { } texts, Pair: NameKind.Secret or NameKind.Ambiguous })
                {
                    foreach (var (first, last) in texts)
                        edits.Replace(first, last, Masked);
                }
                around?.Add(new(0, 0, null, frame.Pair));
                if (frame.Value is { } value && Hides(frame.Pair, value.Text))
                    edits.Replace(value.Start, value.End, Masked);
                return true;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                var schema = kind == NameKind.Secret && JsonSchemas.IsSchema(reader);
                if (kind == NameKind.Secret && !schema)
                    return MaskValue(ref reader, ref edits);
                if (frame is { IsValue: true, Value: null } && End(reader) is { } end)
                    frame.Value = (start, end, null);
                var isArray = reader.TokenType == JsonTokenType.StartArray;
                frames.Push(
                    new(isArray)
                    {
                        Pair = schema ? NameKind.Secret : NameKind.Other,
                        Named = isArray && frame is { IsArray: false } ? NamedList.Classify(names, frame.Member) : NameKind.Other,
                    }
                );
                return true;
            case JsonTokenType.String:
                ReadString(ref reader, reader.GetString()!, kind, depth, frames, ref edits);
                return true;
            default:
                if (kind == NameKind.Secret)
                    return MaskValue(ref reader, ref edits);
                // So Terraform marks an output.
                if (reader.TokenType == JsonTokenType.True && frame is { Member: "sensitive" })
                    frame.Pair = NameKind.Secret;
                if (reader.TokenType == JsonTokenType.Number && frame is { IsValue: true })
                    frame.Value = (start, (int)reader.BytesConsumed, null);
                frame?.Add(new(start, (int)reader.BytesConsumed, null));
                MaskString(ref reader, depth, ref edits);
                return true;
        }
    }

    private void ReadString(ref Utf8JsonReader reader, string value, NameKind kind, int depth, Stack<JsonFrame> frames, ref JsonEdits edits)
    {
        frames.TryPeek(out var frame);
        var place = (Start: (int)reader.TokenStartIndex, End: (int)reader.BytesConsumed, Text: value);
        if (
            frame is { IsArray: false } && Hides(kind, value)
            || frame is { IsArray: true, Before: { } before } && IsArgument(before, value)
            || frame is { IsArray: true, Named: not NameKind.Other } && NamedList.Hides(value)
        )
        {
            edits.Replace(place.Start, place.End, Masked);
            if (frame.IsArray)
                frame.Before = null;
            frame.Add(new(place.Start, place.End, null));
            return;
        }
        MaskString(ref reader, value, depth, ref edits);
        if (frame is null)
            return;
        // What the address of a secret is told with is its value.
        var address = value.Contains("/secrets/", StringComparison.Ordinal) ? NameKind.Ambiguous : NameKind.Other;
        if (frame.IsName && (address == NameKind.Other ? names.Classify(value) : address) is var pair && pair > frame.Pair)
            frame.Pair = pair;
        else if (frame.IsLabel && names.Classify(value.AsSpan(value.LastIndexOf('/') + 1)) is NameKind.Secret)
            frame.Pair = NameKind.Ambiguous;
        // The field of a form.
        else if (value is "password" && frame.Pair == NameKind.Other && frame.Member is "type" or "inputType")
            frame.Pair = NameKind.Ambiguous;
        else if (frame.IsValue)
            frame.Value = place;
        else if (frame.IsText && ValueShape.IsPasswordLike(value))
            (frame.Texts ??= []).Add((place.Start, place.End));
        if (frame.IsArray)
        {
            frame.Before = value;
            frame.Add(new(place.Start, place.End, value));
        }
        // A resource of Terraform: its result is a password.
        frame.MakesPassword |= value is "random_password" && frame.Member is "type";
        // The text of a content item may begin or end within a secret.
        if (frame is { IsArray: false, Member: "text" } && frames.ElementAtOrDefault(1) is { IsArray: true } list)
            ContentSeam.Join(text, list, place, ref edits);
    }

    private static bool Hides(NameKind kind, string? value) =>
        kind switch
        {
            NameKind.Secret => value is null || !ValueShape.IsPlaceholder(value),
            NameKind.Ambiguous => value is not null && ValueShape.IsPasswordLike(value),
            NameKind.Weak => value is not null && ValueShape.IsRandom(value) && !ValueShape.IsUuid(value),
            _ => false,
        };

    /// <summary><c>["--token", "…"]</c>, <c>["X-Api-Key", "…"]</c>.</summary>
    private bool IsArgument(string before, string value)
    {
        if (before.Length is 0 or > SecretNames.MaxLength + 2 || value is [] or ['-', ..] || before.AsSpan().ContainsAny(" =:"))
            return false;
        if (names.Classify(before) != NameKind.Secret)
            return false;
        return before.StartsWith("--", StringComparison.Ordinal)
            || ValueShape.IsPasswordLike(value)
            || (value.IndexOf(' ') is > 0 and var blank && ValueShape.IsScheme(value.AsSpan(0, blank)));
    }

    private static int? End(Utf8JsonReader reader) => reader.TrySkip() ? (int)reader.BytesConsumed : null;

    /// <returns>False if the value is cut off.</returns>
    private static bool MaskValue(ref Utf8JsonReader reader, ref JsonEdits edits)
    {
        var start = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            // Null and true tell nobody anything.
            case JsonTokenType.Null or JsonTokenType.True or JsonTokenType.False:
                return true;
            case JsonTokenType.StartObject or JsonTokenType.StartArray when !reader.TrySkip():
                return false;
            default:
                edits.Replace(start, (int)reader.BytesConsumed, Masked);
                return true;
        }
    }

    private void MaskString(ref Utf8JsonReader reader, int depth, ref JsonEdits edits)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.Number)
        {
            if (RedactText(reader.ValueSpan) is not null)
                edits.Replace(start, (int)reader.BytesConsumed, Masked);
        }
        else if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
        {
            MaskString(ref reader, reader.GetString()!, depth, ref edits);
        }
    }

    private void MaskString(ref Utf8JsonReader reader, string value, int depth, ref JsonEdits edits)
    {
        var start = (int)reader.TokenStartIndex;
        if (RedactValue(value, depth) is { } redacted)
            edits.Replace(start, start + reader.ValueSpan.Length + 2, JsonEdits.Encode(redacted));
    }

    /// <returns>The value without its secrets; null if it has none.</returns>
    private string? RedactValue(string value, int depth)
    {
        if (ContentSeam.IsJson(value) && depth < DeepestString && _failures < MaxFailures)
            return RedactJson(Encoding.UTF8.GetBytes(value), depth + 1) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
        var redacted = text.Redact(value);
        return ReferenceEquals(redacted, value) || redacted == value ? null : redacted;
    }

    /// <summary>What follows the last whole token: nothing, white space, a value that is cut off, or what is not JSON.</summary>
    private void MaskRest(ReadOnlySpan<byte> json, int done, bool secret, bool broken, int depth, ref JsonEdits edits)
    {
        var rest = json[done..];
        if (rest.TrimStart(" \t\r\n"u8).IsEmpty)
            return;
        if (secret)
        {
            edits.Replace(done, json.Length, Masked);
            return;
        }
        var quote = done + rest.IndexOfAnyExcept(BeforeValue);
        if (!broken && quote >= done && json[quote] == '"' && CutString(json[quote..]) is { } value)
        {
            if (RedactValue(value, depth) is { } masked)
                edits.Replace(quote, json.Length, JsonEdits.Encode(masked)[..^1]);
        }
        else
        {
            // As text, with what comes before in view: the name of a value may be there.
            var whole = Encoding.Latin1.GetString(json);
            var masked = text.RedactFrom(whole, done);
            if (!masked.AsSpan().SequenceEqual(whole.AsSpan(done)))
                edits.Replace(done, json.Length, Encoding.Latin1.GetBytes(masked));
        }
    }

    /// <summary>The text of a string without its end; an escape that is cut off, too, is left out. Null if it cannot be told.</summary>
    private static string? CutString(ReadOnlySpan<byte> cut)
    {
        // At most \uD83D\uDE0 is lost with the end: so much is tried.
        for (var less = 0; less <= 11 && less < cut.Length; less++)
        {
            try
            {
                var reader = new Utf8JsonReader([.. cut[..^less], (byte)'"'], Options);
                if (reader.Read() && reader.BytesConsumed == cut.Length - less + 1)
                    return reader.GetString();
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                // One byte less.
            }
        }
        return null;
    }

    private byte[]? RedactText(ReadOnlySpan<byte> bytes)
    {
        var original = Encoding.Latin1.GetString(bytes);
        var redacted = text.Redact(original);
        return redacted == original ? null : Encoding.Latin1.GetBytes(redacted);
    }
}
