namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>PEM blocks (RFC 7468) that hold a private key; without its end, to the end of the text. What is looked through is consumed, so the time is linear.</summary>
internal static class PemBlock
{
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const int MaxLabel = 64;

    public static SecretRange? Match(string text, int position)
    {
        var rest = text.AsSpan(position);
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
}
