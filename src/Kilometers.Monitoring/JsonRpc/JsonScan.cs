using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>
/// Passes parts of a JSON text. Accepts what <see cref="Utf8JsonReader"/> accepts (RFC 8259, at any depth; that strings are UTF-8 is not checked).
/// Each method takes the place of the part and returns the place behind it, or <see cref="Fault"/>.
/// </summary>
internal static class JsonScan
{
    public const int Fault = -1;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>The byte there; 0, which no JSON has between its parts, at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Peek(ReadOnlySpan<byte> text, int at) => (uint)at < (uint)text.Length ? text[at] : (byte)0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Space(ReadOnlySpan<byte> text, int at)
    {
        while ((uint)at < (uint)text.Length && text[at] <= ' ' && text[at] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            at++;
        return at;
    }

    public static int Value(ReadOnlySpan<byte> text, int at)
    {
        var first = Peek(text, at);
        return first is (byte)'{' or (byte)'[' ? Nested(text, at) : Scalar(text, at, first);
    }

    /// <summary>A member's name in its quotes, the colon, and white space.</summary>
    public static int Name(ReadOnlySpan<byte> text, int at)
    {
        if (Peek(text, at) != (byte)'"')
            return Fault;
        at = String(text, at, out _);
        return at < 0 ? Fault : Colon(text, at);
    }

    /// <summary>A colon, and white space around it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Colon(ReadOnlySpan<byte> text, int at)
    {
        at = Space(text, at);
        return Peek(text, at) == (byte)':' ? Space(text, at + 1) : Fault;
    }

    /// <summary>A string, which begins with a quote.</summary>
    public static int String(ReadOnlySpan<byte> text, int at, out bool isEscaped)
    {
        isEscaped = false;
        for (at = Special(text, at + 1); at < text.Length; at = Special(text, at))
        {
            if (text[at] == '"')
                return at + 1;
            isEscaped = true;
            var length = text[at] == '\\' ? EscapeLength(text[(at + 1)..]) : 0;
            if (length == 0)
                return Fault;
            at += 1 + length;
        }

        return Fault;
    }

    private static int Nested(ReadOnlySpan<byte> text, int at)
    {
        var levels = new JsonLevels();
        while (true)
        {
            var first = Peek(text, at);
            if (first is (byte)'{' or (byte)'[')
            {
                levels.Push(first == '{');
                at = Space(text, at + 1);
                if (Peek(text, at) != levels.Closing)
                {
                    if (levels.IsObject && (at = Name(text, at)) < 0)
                        return Fault;
                    continue;
                }
            }
            else
            {
                at = Scalar(text, at, first);
                if (at < 0)
                    return Fault;
                at = Space(text, at);
            }

            while (Peek(text, at) == levels.Closing)
            {
                levels.Pop();
                if (levels.Count == 0)
                    return at + 1;
                at = Space(text, at + 1);
            }

            if (Peek(text, at) != (byte)',')
                return Fault;
            at = Space(text, at + 1);
            if (levels.IsObject && (at = Name(text, at)) < 0)
                return Fault;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Scalar(ReadOnlySpan<byte> text, int at, byte first) =>
        first switch
        {
            (byte)'"' => String(text, at, out _),
            (byte)'t' => Word(text, at, "true"u8),
            (byte)'f' => Word(text, at, "false"u8),
            (byte)'n' => Word(text, at, "null"u8),
            _ => Number(text, at),
        };

    private static int Word(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> word) =>
        text[at..].StartsWith(word) ? at + word.Length : Fault;

    /// <summary>A number. At the end of the text it may be cut off, and what else follows is looked at by who reads on.</summary>
    private static int Number(ReadOnlySpan<byte> text, int at)
    {
        if (Peek(text, at) == '-')
            at++;
        at = Peek(text, at) == '0' ? at + 1 : Digits(text, at);
        if (at > 0 && Peek(text, at) == '.')
            at = Digits(text, at + 1);
        if (at > 0 && Peek(text, at) is (byte)'e' or (byte)'E')
            at = Digits(text, Peek(text, at + 1) is (byte)'+' or (byte)'-' ? at + 2 : at + 1);
        return at == text.Length ? Fault : at;
    }

    private static int Digits(ReadOnlySpan<byte> text, int at)
    {
        var start = at;
        while (Peek(text, at) is >= (byte)'0' and <= (byte)'9')
            at++;
        return at == start ? Fault : at;
    }

    /// <summary>Finds what a string does not simply consist of: a quote, a backslash or a control character. Most are shorter than a vector.</summary>
    /// <returns>Where it is; the end of the text if there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Special(ReadOnlySpan<byte> text, int at)
    {
        ref var start = ref MemoryMarshal.GetReference(text);
        for (; at <= text.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var bytes = Vector128.LoadUnsafe(ref start, (nuint)at);
            var special =
                Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(bytes, Vector128.Create((byte)' '));
            var found = special.ExtractMostSignificantBits();
            if (found != 0)
                return at + BitOperations.TrailingZeroCount(found);
        }

        while (at < text.Length && text[at] is >= (byte)' ' and not ((byte)'"' or (byte)'\\'))
            at++;
        return at;
    }

    /// <summary>The length of what follows a backslash; 0 if nothing does that may.</summary>
    private static int EscapeLength(ReadOnlySpan<byte> escape)
    {
        if (escape is [(byte)'u', _, _, _, _, ..])
            return escape[1..5].IndexOfAnyExcept(HexDigits) < 0 ? 5 : 0;
        return !escape.IsEmpty && "\"\\/bfnrt"u8.Contains(escape[0]) ? 1 : 0;
    }
}
