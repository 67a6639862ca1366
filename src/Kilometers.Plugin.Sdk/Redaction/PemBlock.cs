namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Private keys in blocks of lines: PEM (RFC 7468), and files of PuTTY. Without its end, to the end of the text. What is looked through is
/// consumed, so the time is linear.
/// </summary>
internal static class PemBlock
{
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const int MaxLabel = 64;

    /// <summary>What PuTTY calls the lines of the key, and what comes behind them; <c>Public-Lines</c> are public.</summary>
    private const string PuttyName = "Private";
    private const string PuttyLines = "-Lines: ";
    private const string PuttyEnd = "Private-MAC";

    public static SecretRange? Match(string text, int position)
    {
        var rest = text.AsSpan(position);
        if (rest.StartsWith(PuttyLines, StringComparison.Ordinal) && text.AsSpan(0, position).EndsWith(PuttyName, StringComparison.Ordinal))
            return OfPutty(text, position + PuttyLines.Length);
        if (!rest.StartsWith(Begin, StringComparison.Ordinal))
            return null;
        var label = rest[Begin.Length..];
        if (!label[..Math.Min(label.Length, MaxLabel)].Contains("PRIVATE KEY", StringComparison.Ordinal))
            return null;
        var end = rest.IndexOf(End, StringComparison.Ordinal);
        if (end < 0)
            return new(position, text.Length);
        var dashes = rest[(end + End.Length)..].IndexOf("-----", StringComparison.Ordinal);
        return new(position, dashes < 0 ? text.Length : position + end + End.Length + dashes + "-----".Length);
    }

    private static SecretRange? OfPutty(string text, int count)
    {
        var start = Characters.RunEnd(text, count, char.IsAsciiDigit);
        if (start == count)
            return null;
        var length = text.AsSpan(start).IndexOf(PuttyEnd, StringComparison.Ordinal);
        return new(start, length < 0 ? text.Length : start + length);
    }
}
