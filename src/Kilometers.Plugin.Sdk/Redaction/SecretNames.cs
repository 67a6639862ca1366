using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Names of members, parameters, headers and variables whose values are secrets. A name is its words: case, digits and everything else
/// between letters separate them, so <c>dbPass</c>, <c>DB_PASS_2</c> and <c>db.pass</c> are one name.
/// </summary>
internal sealed class SecretNames(IEnumerable<string> additional)
{
    public const int MaxLength = 64;

    private const int MaxWords = 16;

    /// <summary>One of these, of the next one and of the one after that, is in every name that says anything. Each kind is searched for in another way, and fast.</summary>
    private static readonly SearchValues<string> Keywords = SearchValues.Create(
        [
            "pass",
            "pwd",
            "secret",
            "token",
            "key",
            "auth",
            "cred",
            "cookie",
            "dsn",
            "pin",
            "seed",
            "salt",
            "sig",
            "jwt",
            "psk",
            "cvv",
            "cvc",
            "ssn",
            "otp",
            "pat",
            "pepper",
            "session",
            "sid",
            "csrf",
            "bearer",
            "mnemonic",
            "connection",
            "webhook",
            "cardnumber",
            "secure",
            "verifier",
            "assertion",
            "wort",
            "woord",
            "senha",
            "clave",
            "contrase",
        ],
        StringComparison.OrdinalIgnoreCase
    );

    private static readonly SearchValues<string> ShortKeywords = SearchValues.Create(["pw"], StringComparison.OrdinalIgnoreCase);

    /// <summary>The last words of those in other languages that have the letters of ASCII.</summary>
    private static readonly SearchValues<string> OtherKeywords = SearchValues.Create(
        [
            .. SecretCues
                .Names.Where(static name => Ascii.IsValid(name))
                .Select(static name => name[(name.LastIndexOfAny([' ', '-']) + 1)..]),
        ],
        StringComparison.OrdinalIgnoreCase
    );

    private static readonly SearchValues<char> ForeignBeginnings = SearchValues.Create([
        .. SecretCues
            .Names.Where(static name => !Ascii.IsValid(name))
            .SelectMany(static name => new[] { name[0], char.ToUpperInvariant(name[0]) }),
    ]);

    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _additional = additional
        .Select(Plain)
        .Where(static name => name.Length > 0)
        .ToFrozenSet(StringComparer.Ordinal)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether any name may be one of the user's own: then no text can be passed over.</summary>
    public bool AreOpen => _additional.Set.Count > 0;

    /// <summary>How much a name says about its value.</summary>
    /// <param name="name">The name; of a longer one than <see cref="MaxLength"/> its end is looked at.</param>
    public NameKind Classify(ReadOnlySpan<char> name)
    {
        if (name.Length > MaxLength)
            name = name[^MaxLength..];
        Span<char> plain = stackalloc char[MaxLength];
        if (AreOpen && _additional.Contains(plain[..Write(name, plain)]))
            return NameKind.Secret;
        if (!MaySay(name))
            return NameKind.Other;
        Span<Range> words = stackalloc Range[MaxWords];
        var length = Split(name, plain, words, out var count);
        ReadOnlySpan<char> all = plain[..length];
        while (count > 1 && SecretWords.Suffixes.GetAlternateLookup<ReadOnlySpan<char>>().Contains(all[words[count - 1]]))
        {
            count--;
            all = all[..words[count - 1].End];
        }
        if (count == 0)
            return NameKind.Other;
        var last = all[words[count - 1]];
        if (SecretWords.Harmless.GetAlternateLookup<ReadOnlySpan<char>>().Contains(all))
            return NameKind.Other;
        if (SecretWords.Words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(last))
            return SecretWords.Ambiguous.GetAlternateLookup<ReadOnlySpan<char>>().Contains(last) && !SecretWords.OtherEndings.EndAny(all)
                ? NameKind.Ambiguous
                : NameKind.Secret;
        if (SecretWords.Endings.EndAny(all))
            return NameKind.Secret;
        if (SecretWords.OftenEndings.EndAny(last) && !SecretWords.NoPasswords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(last))
            return NameKind.Ambiguous;
        if (last.SequenceEqual("key") && count > 1)
            return SecretWords.HarmlessKeys.GetAlternateLookup<ReadOnlySpan<char>>().Contains(all[words[count - 2]])
                ? NameKind.Other
                : NameKind.Ambiguous;
        if (
            all.EndsWith("sessionid", StringComparison.Ordinal)
            || all.EndsWith("routingkey", StringComparison.Ordinal)
            || last is "session" or "sid" or "csrf" or "key" or "signature"
        )
            return NameKind.Weak;
        if (SecretWords.Whole.GetAlternateLookup<ReadOnlySpan<char>>().Contains(all))
            return NameKind.Secret;
        return WithoutHost(name) is { Length: > 0 } setting ? Classify(setting) : NameKind.Other;
    }

    /// <summary>A setting of one host has its name at the end: <c>fs.azure.account.key.NAME.dfs.core.windows.net</c>.</summary>
    /// <returns>The part before it that may say something; empty: there is none.</returns>
    private static ReadOnlySpan<char> WithoutHost(ReadOnlySpan<char> name)
    {
        if (
            !name.EndsWith(".net", StringComparison.Ordinal)
            && !name.EndsWith(".com", StringComparison.Ordinal)
            && !name.EndsWith(".org", StringComparison.Ordinal)
        )
            return [];
        foreach (var label in (ReadOnlySpan<string>)["key.", "secret.", "password.", "token."])
        {
            if (name.IndexOf(label, StringComparison.Ordinal) is > 0 and var at)
                return name[..(at + label.Length - 1)];
        }
        return [];
    }

    /// <summary>Where a keyword begins, from a position on; past every text: nowhere. Of those in ASCII, but for the shortest.</summary>
    public static int NextKeyword(ReadOnlySpan<char> text, int position) => Next(position, text[position..].IndexOfAny(Keywords));

    /// <inheritdoc cref="NextKeyword"/>
    public static int NextShortKeyword(ReadOnlySpan<char> text, int position) => Next(position, text[position..].IndexOfAny(ShortKeywords));

    /// <summary>Where one in another script may begin: with its first letter.</summary>
    public static int NextForeignKeyword(ReadOnlySpan<char> text, int position) =>
        Next(position, text[position..].IndexOfAny(ForeignBeginnings));

    private static int Next(int position, int found) => found < 0 ? int.MaxValue : position + found;

    private static bool MaySay(ReadOnlySpan<char> name) =>
        name.ContainsAny(Keywords) || name.ContainsAny(ShortKeywords) || !Ascii.IsValid(name) || name.ContainsAny(OtherKeywords);

    /// <summary>As the user's own names are compared: without anything but letters and digits.</summary>
    public static string Plain(string name)
    {
        Span<char> plain = stackalloc char[MaxLength];
        return new(plain[..Write(name.Length > MaxLength ? name.AsSpan(name.Length - MaxLength) : name, plain)]);
    }

    private static int Write(ReadOnlySpan<char> name, Span<char> plain)
    {
        var length = 0;
        foreach (var value in name)
        {
            if (char.IsLetterOrDigit(value))
                plain[length++] = char.ToLowerInvariant(value);
        }
        return length;
    }

    /// <summary>Writes the letters of a name in lower case, and where its last words are in them.</summary>
    private static int Split(ReadOnlySpan<char> name, Span<char> letters, Span<Range> words, out int count)
    {
        count = 0;
        var length = 0;
        var start = 0;
        for (var index = 0; index < name.Length; index++)
        {
            var value = name[index];
            if (!char.IsLetter(value) || BeginsWord(name, index))
                End(words, ref count, ref start, length);
            if (char.IsLetter(value))
                letters[length++] = char.ToLowerInvariant(value);
        }
        End(words, ref count, ref start, length);
        return length;
    }

    private static bool BeginsWord(ReadOnlySpan<char> name, int index) =>
        index > 0
        && char.IsUpper(name[index])
        && (char.IsLower(name[index - 1]) || (index + 1 < name.Length && char.IsUpper(name[index - 1]) && char.IsLower(name[index + 1])));

    private static void End(Span<Range> words, ref int count, ref int start, int end)
    {
        if (end == start)
            return;
        if (count == words.Length)
            words[1..].CopyTo(words);
        else
            count++;
        words[count - 1] = start..end;
        start = end;
    }
}
