using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Credentials that tell by what is within them, not by their beginning. Looks at a run of token characters as a whole, so once at each
/// character: the caller goes on behind the run.
/// </summary>
internal static class ShapedToken
{
    public const int MaxLength = 512;

    public const int MinLength = 33;

    private static readonly SearchValues<char> Run = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/=:"
    );

    private static readonly SearchValues<char> Hash = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./$=,+"
    );

    private static readonly SearchValues<char> Delimiters = SearchValues.Create("=/+~");

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Hashes of passwords (crypt, bcrypt, Argon2), which are guessed from.</summary>
    private static readonly string[] HashPrefixes = ["$apr1$", "$1$", "$5$", "$6$", "$y$", "$2a$", "$2b$", "$2y$", "$argon2"];

    /// <summary>The last character that is not of a run; below 0: all are.</summary>
    public static int LastEnd(ReadOnlySpan<char> text) => text.LastIndexOfAnyExcept(Run);

    /// <summary>Where the run at a position ends.</summary>
    public static int RunEnd(string text, int position)
    {
        var rest = text.AsSpan(position, Math.Min(MaxLength, text.Length - position));
        var length = rest.IndexOfAnyExcept(Run);
        return position + (length < 0 ? rest.Length : length);
    }

    /// <param name="text">The text.</param>
    /// <param name="position">Where a run begins.</param>
    /// <param name="end">Where it ends.</param>
    public static SecretRange? Match(string text, int position, int end)
    {
        var run = text.AsSpan(position, end - position).TrimEnd(".,:");
        if (run.Length < MinLength)
            return null;
        if (IsAzureDevOps(run) || IsAzureStorage(run))
            return new(position, position + run.Length);
        // The rest has no such characters within: the token is a part of an address or an assignment (…/bot123:AA…/getMe, key=pat…).
        for (var start = 0; start < run.Length; )
        {
            var length = run[start..].IndexOfAny(Delimiters);
            if (length < 0)
                length = run.Length - start;
            if (length >= MinLength && Within(run.Slice(start, length)) is { } secret)
                return new(position + start + secret.Start, position + start + secret.End);
            start += length + 1;
        }
        return null;
    }

    private static SecretRange? Within(ReadOnlySpan<char> part)
    {
        var bot = part.StartsWith("bot", StringComparison.Ordinal) ? "bot".Length : 0;
        if (IsTelegram(part[bot..]))
            return new(bot, part.Length);
        var start = part.LastIndexOf(':') + 1;
        part = part[start..];
        return IsTerraform(part) || IsAirtable(part) || IsMailchimp(part) || IsDiscord(part) ? new(start, start + part.Length) : null;
    }

    /// <summary>The hash at a "$".</summary>
    public static SecretRange? MatchHash(string text, int position)
    {
        var rest = text.AsSpan(position, Math.Min(MaxLength, text.Length - position));
        foreach (var prefix in HashPrefixes)
        {
            if (!rest.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var length = rest.IndexOfAnyExcept(Hash);
            if (length < 0)
                length = rest.Length;
            return length >= 30 ? new(position + prefix.Length, position + length) : null;
        }
        return null;
    }

    private static bool IsTerraform(ReadOnlySpan<char> run) => run.IndexOf(".atlasv1.", StringComparison.Ordinal) == 14;

    private static bool IsAzureDevOps(ReadOnlySpan<char> run) => run.Length == 84 && run[76..80] is "AZDO";

    /// <summary>Keys of Azure's services end in a mark of the service and a checksum.</summary>
    private static bool IsAzureStorage(ReadOnlySpan<char> run) =>
        run.EndsWith("=", StringComparison.Ordinal)
        && run.Length is >= 44 and <= 90
        && (
            run.LastIndexOf("+ASt") > 30
            || run.LastIndexOf("AzFu") > 30
            || run.LastIndexOf("+AEh") > 20
            || run.LastIndexOf("+ARm") > 20
            || run.LastIndexOf("ACDb") > 30
        );

    private static bool IsAirtable(ReadOnlySpan<char> run) =>
        run.Length == 82 && run.StartsWith("pat", StringComparison.Ordinal) && run[17] == '.' && IsHex(run[18..]);

    private static bool IsMailchimp(ReadOnlySpan<char> run) =>
        run.Length is >= 36 and <= 38 && run[32..].StartsWith("-us", StringComparison.Ordinal) && IsHex(run[..32]);

    private static bool IsTelegram(ReadOnlySpan<char> run) =>
        run.IndexOf(':') is >= 8 and <= 10 and var colon
        && run.Length - colon == 36
        && run[(colon + 1)..].StartsWith("AA", StringComparison.Ordinal)
        && !run[..colon].ContainsAnyExceptInRange('0', '9');

    /// <summary>A user id in base64, a time, and a signature.</summary>
    private static bool IsDiscord(ReadOnlySpan<char> run) =>
        run is ['M' or 'N' or 'O', ..]
        && run.IndexOf('.') is >= 23 and <= 28 and var first
        && run[(first + 1)..].IndexOf('.') == 6
        && run.Length - first >= 34
        && run[(first + 8)..].IndexOf('.') < 0
        && ValueShape.IsRandom(run);

    private static bool IsHex(ReadOnlySpan<char> value) => !value.ContainsAnyExcept(HexDigits);
}
