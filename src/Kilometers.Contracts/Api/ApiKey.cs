using System.Security.Cryptography;
using System.Text;

namespace Kilometers.Contracts.Api;

/// <summary>
/// A customer's API key, <c>km_live_ID_SECRET</c>: ID (12 letters and digits) is public and names the key in packages and records; SECRET
/// (32 random letters and digits, 190 bits, and 6 of checksum) is nowhere but with the customer. The checksum tells a mistyped or cut-off key
/// from a wrong one without asking the API.
/// </summary>
public sealed record ApiKey
{
    private const string Prefix = "km_live_";
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int IdLength = 12;
    private const int RandomLength = 32;
    private const int ChecksumLength = 6;

    private ApiKey(string id, string text)
    {
        Id = id;
        Text = text;
    }

    /// <summary>The public part.</summary>
    public string Id { get; }

    /// <summary>All of it: a secret.</summary>
    public string Text { get; }

    /// <summary>Makes a new key.</summary>
    public static ApiKey Create()
    {
        var id = RandomNumberGenerator.GetString(Alphabet, IdLength);
        var body = $"{Prefix}{id}_{RandomNumberGenerator.GetString(Alphabet, RandomLength)}";
        return new ApiKey(id, body + Checksum(body));
    }

    /// <summary>Reads a key.</summary>
    /// <param name="text">What somebody gave as a key; white space around it does not count.</param>
    /// <returns>The key; null if it is none, mistyped, or cut off.</returns>
    public static ApiKey? Parse(string? text)
    {
        text = WrittenText.Trim(text);
        if (
            text.Length != Prefix.Length + IdLength + 1 + RandomLength + ChecksumLength
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
        )
            return null;
        var id = text.Substring(Prefix.Length, IdLength);
        var secret = text[(Prefix.Length + IdLength + 1)..];
        if (text[Prefix.Length + IdLength] != '_' || !(id + secret).All(char.IsAsciiLetterOrDigit))
            return null;
        return text.EndsWith(Checksum(text[..^ChecksumLength]), StringComparison.Ordinal) ? new ApiKey(id, text) : null;
    }

    /// <summary>The public part only: a key never shows itself by accident.</summary>
    public override string ToString() => $"{Prefix}{Id}_…";

    private static string Checksum(string body)
    {
        // No secret: it finds typing errors. 62^6 values, and nobody gains by forging one.
        var number = BitConverter.ToUInt64(SHA256.HashData(Encoding.ASCII.GetBytes(body)));
        var text = new char[ChecksumLength];
        for (var i = 0; i < ChecksumLength; i++, number /= (ulong)Alphabet.Length)
            text[i] = Alphabet[(int)(number % (ulong)Alphabet.Length)];
        return new string(text);
    }
}
