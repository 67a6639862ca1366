using System.Buffers;
using System.Globalization;
using System.Net;
using Kilometers.Contracts;
using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>
/// Text that is written so that a person does not read it and a model can: base64, hexadecimal, percent-encoding, character references, and
/// comments of HTML. In a definition any such text is a finding; in a result, which often carries encoded data, only one with instructions.
/// </summary>
/// <param name="instructions">Looks for instructions in what was decoded.</param>
internal sealed class EncodedText(Instructions instructions) : ITextDetector
{
    private const int MaxRuns = 50;
    private const int MaxRun = 4096;
    private const int MinBase64 = 24;
    private const int MinHex = 32;
    private const int MinEscapes = 8;

    private static readonly SearchValues<char> Base64 = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
    );

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    public IEnumerable<TextFinding> Find(string text, TextOrigin origin)
    {
        foreach (var (how, start, length, decoded) in Decode(text))
        {
            if (!Readable.HasWords(decoded))
                continue;
            // Nobody hides a description of orders: wherever it is, it is read like a definition.
            var obeyed = instructions.Find(HiddenCharacters.Strip(decoded), TextOrigin.Definition);
            if (obeyed is null && origin == TextOrigin.Result)
                continue;
            yield return new(
                ErrorCode.GuardEncodedText,
                obeyed is null ? Severity.Medium : Severity.High,
                $"hides text as {how}"
                    + (obeyed is null ? "" : ", with instructions to the model")
                    + $", which reads: {VisibleText.Of(decoded)}",
                VisibleText.Around(text, start, Math.Min(length, 60)),
                origin == TextOrigin.Definition
                    ? "Do not use the server until its author explains why this is not written in plain text."
                    : "Do not let the model act on this result; find out who wrote the content."
            );
        }
    }

    private static IEnumerable<(string How, int Start, int Length, string Decoded)> Decode(string text) =>
        [.. Runs(text).Take(MaxRuns), .. Escapes(text), .. References(text), .. Comments(text)];

    /// <summary>Runs of base64 and hexadecimal.</summary>
    private static IEnumerable<(string How, int Start, int Length, string Decoded)> Runs(string text)
    {
        for (var begin = 0; begin + MinBase64 <= text.Length; )
        {
            // Words are short: the last of the next characters that is not of the alphabet is where a run may begin, not the first.
            if (text.AsSpan(begin, MinBase64).LastIndexOfAnyExcept(Base64) is var gap and >= 0)
            {
                begin += gap + 1;
                continue;
            }

            var start = begin;
            var length = text.AsSpan(start).IndexOfAnyExcept(Base64);
            var end = length < 0 ? text.Length : start + length;
            begin = end + 1;
            var run = text.AsMemory(start, Math.Min(end - start, MaxRun));
            if (HexOf(run.Span) is { } hex)
                yield return ("hexadecimal", start, run.Length, hex);
            else if (Base64Of(run.Span) is { } decoded)
                yield return ("base64", start, run.Length, decoded);
        }
    }

    private static string? HexOf(ReadOnlySpan<char> run)
    {
        if (run.Length < MinHex || run.ContainsAnyExcept(Hex))
            return null;
        return Readable.Text(Convert.FromHexString(run[..(run.Length & ~1)]));
    }

    private static string? Base64Of(ReadOnlySpan<char> run)
    {
        // Whole groups only: what is cut off at the end is a letter or two.
        var whole = run[..(run.Length & ~3)];
        Span<char> plain = stackalloc char[MaxRun];
        whole.Replace(plain, '-', '+');
        plain[..whole.Length].Replace('_', '/');
        var bytes = new byte[whole.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(plain[..whole.Length], bytes, out var written))
            return null;
        return Readable.Text(Whole(bytes.AsSpan(0, written)));
    }

    /// <summary>Without the beginning of a character at the end.</summary>
    private static ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> bytes)
    {
        for (var cut = 0; cut < 4 && cut < bytes.Length; cut++)
            if (System.Text.Unicode.Utf8.IsValid(bytes[..^cut]))
                return bytes[..^cut];
        return bytes;
    }

    /// <summary>Percent-encoding that encodes letters: nothing needs that.</summary>
    private static IEnumerable<(string How, int Start, int Length, string Decoded)> Escapes(string text)
    {
        foreach (var (start, part) in Windows(text, "%"))
        {
            var letters = 0;
            for (var index = 0; index + 2 < part.Length; index++)
                if (
                    part[index] == '%'
                    && byte.TryParse(part.AsSpan(index + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                    && char.IsAsciiLetter((char)value)
                )
                    letters++;
            if (letters >= MinEscapes)
                yield return ("percent-encoding", start, part.Length, Uri.UnescapeDataString(part));
        }
    }

    /// <summary>Numeric references to letters of ASCII: nothing needs those either.</summary>
    private static IEnumerable<(string How, int Start, int Length, string Decoded)> References(string text)
    {
        foreach (var (start, part) in Windows(text, "&#"))
        {
            if (part.Split("&#").Skip(1).Count(IsLetter) >= MinEscapes)
                yield return ("HTML character references", start, part.Length, WebUtility.HtmlDecode(part));
        }
    }

    /// <summary>Whether a reference, without its mark, is to a letter of ASCII.</summary>
    private static bool IsLetter(string reference)
    {
        var number = reference.AsSpan()[..Math.Max(0, reference.AsSpan(0, Math.Min(reference.Length, 9)).IndexOf(';'))];
        var isHex = number is ['x' or 'X', ..];
        return int.TryParse(
                isHex ? number[1..] : number,
                isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var value
            )
            && value < 0x80
            && char.IsAsciiLetter((char)value);
    }

    /// <summary>The parts of a text that begin with a mark: one behind the other, and a bounded number of them.</summary>
    private static IEnumerable<(int Start, string Part)> Windows(string text, string mark)
    {
        var position = 0;
        for (var count = 0; count < MaxRuns; count++)
        {
            var start = text.IndexOf(mark, position, StringComparison.Ordinal);
            if (start < 0)
                yield break;
            yield return (start, text.Substring(start, Math.Min(text.Length - start, MaxRun)));
            position = Math.Min(text.Length, start + MaxRun);
        }
    }

    /// <summary>What a page of HTML or Markdown does not show.</summary>
    private static IEnumerable<(string How, int Start, int Length, string Decoded)> Comments(string text)
    {
        var position = 0;
        for (var count = 0; count < MaxRuns; count++)
        {
            var begin = text.IndexOf("<!--", position, StringComparison.Ordinal);
            if (begin < 0)
                yield break;
            var end = text.IndexOf("-->", begin + 4, StringComparison.Ordinal);
            if (end < 0)
                end = text.Length;
            yield return ("a comment of HTML", begin, end - begin, text.Substring(begin + 4, Math.Min(end - begin - 4, MaxRun)));
            position = end;
        }
    }
}
