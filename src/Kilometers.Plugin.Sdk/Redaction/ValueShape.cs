using System.Buffers;
using System.Collections.Frozen;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>What a value looks like. Each question takes time in the value's length, of which a bounded part is looked at.</summary>
internal static class ValueShape
{
    private const int MaxLooked = 256;
    private const int MinRandom = 16;
    private const int MinMixed = 10;

    private static readonly SearchValues<char> Token = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.~:%"
    );
    private static readonly SearchValues<char> Identifier = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.$");
    private static readonly SearchValues<char> NoPassword = SearchValues.Create("()[]{}<>,;`\"'\\|");
    private static readonly SearchValues<char> Inner = SearchValues.Create("!#%^*?&~");
    private static readonly SearchValues<char> Capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    private static readonly SearchValues<char> Domain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
    );
    private static readonly SearchValues<char> Nothing = SearchValues.Create("*xX.-_•…");
    private static readonly SearchValues<char> Symbols = SearchValues.Create("!#%*+?@^~&$-=");

    /// <summary>Literals, types and words of documentation that follow a name and are no value of it.</summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> NoValues = FrozenSet
        .Create(
            StringComparer.OrdinalIgnoreCase,
            "null",
            "nil",
            "none",
            "undefined",
            "true",
            "false",
            "string",
            "str",
            "number",
            "int",
            "integer",
            "bool",
            "boolean",
            "object",
            "any",
            "unknown",
            "void",
            "never",
            "bytes",
            "byte",
            "buffer",
            "optional",
            "option",
            "required",
            "char",
            "text",
            "array",
            "list",
            "self",
            "this",
            "var",
            "let",
            "const",
            "new",
            "await",
            "return",
            "function",
            "async",
            "typeof",
            "if",
            "else",
            "default",
            "uint8array",
            "keylike",
            "regexp",
            "literal",
            "yes",
            "no",
            "on",
            "off",
            "readonly",
            "static",
            "empty",
            "missing",
            "invalid",
            "redacted",
            "hidden",
            "masked",
            "varchar",
            "secretstr"
        )
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Names of algorithms and versions have letters and digits as passwords have.</summary>
    private static readonly string[] Technical =
    [
        "sha",
        "md5",
        "base64",
        "utf",
        "oauth",
        "x509",
        "http",
        "hs256",
        "rs256",
        "es256",
        "aes",
        "ed25519",
        "p256",
        "ipv",
        "latin1",
        "iso",
        "win32",
        "uint",
        "int",
        "float",
    ];

    /// <summary>Whether it stands for a value that is elsewhere: <c>${X}</c>, <c>{{x}}</c>, <c>&lt;your key&gt;</c>, <c>%X%</c>, <c>***</c>, <c>…</c>.</summary>
    public static bool IsPlaceholder(ReadOnlySpan<char> value) =>
        value
            is []
                or ['$', '{' or '(', ..]
                or ['{', '{', ..]
                or ['{', .., '}']
                or ['<', ..]
                or ['…', ..]
                or [.., '…']
                or [.., '.', '.', '.']
                or ['.', '.', '.', ..]
                or ['%', .., '%']
                or ['#', '{', ..]
        || (value[0] == '$' && !value.ContainsAnyExcept(Identifier))
        || value[0] == '*' && value.IndexOfAnyExcept('*') < 0
        || (value.Length > 2 && value.IndexOfAnyExcept(Nothing) < 0)
        || (
            value.IndexOf(' ') is > 0 and var blank
            && IsScheme(value[..blank])
            && value[(blank + 1)..] is ['$' or '{' or '<' or '…', ..] or ['.', '.', '.', ..]
        )
        || value.StartsWith("process.env", StringComparison.Ordinal)
        || value.StartsWith("os.environ", StringComparison.Ordinal)
        || value.StartsWith("secrets.", StringComparison.Ordinal)
        || value.StartsWith("env.", StringComparison.Ordinal);

    public static bool IsNoValue(ReadOnlySpan<char> value) => NoValues.Contains(value.TrimEnd("?;!|[]`"));

    /// <summary>Letters, with underscores and full stops: a word, or a name or path of names in code.</summary>
    public static bool IsIdentifier(ReadOnlySpan<char> value) => !value.ContainsAnyExcept(Identifier) && !IsRandom(value);

    /// <summary>The scheme of HTTP credentials (RFC 9110, 11.1), which precedes them.</summary>
    public static bool IsScheme(ReadOnlySpan<char> word) =>
        word.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
        || word.Equals("Basic", StringComparison.OrdinalIgnoreCase)
        || word.Equals("Token", StringComparison.OrdinalIgnoreCase);

    public static bool IsNumber(ReadOnlySpan<char> value) => !value.ContainsAnyExceptInRange('+', '9');

    /// <summary>Whether somebody may have chosen it as a password, or a service given it out: not only letters, not only digits, and no path, address or version.</summary>
    public static bool IsPasswordLike(ReadOnlySpan<char> value)
    {
        value = value[..Math.Min(value.Length, MaxLooked)];
        if (value.Length < 6 || value.ContainsAny(" \t\r\n") || IsPlaceholder(value))
            return false;
        if (IsRandom(value, MinMixed))
            return true;
        if (IsPath(value) || IsNumber(value) || IsConstant(value) || value.ContainsAny(NoPassword))
            return false;
        var digits = 0;
        var letters = 0;
        foreach (var character in value)
        {
            if (char.IsAsciiDigit(character))
                digits++;
            else if (char.IsLetter(character))
                letters++;
        }
        if (letters < 2)
            return false;
        foreach (var technical in Technical)
        {
            if (value.StartsWith(technical, StringComparison.OrdinalIgnoreCase))
                return false;
        }
        if (digits >= 2)
            return !IsVersion(value);
        return (digits == 1 && value.ContainsAny(Symbols)) || (value.ContainsAny(Inner) && value.IndexOfAny(Inner) < value.Length - 1);
    }

    /// <summary>Whether a generator made it: a long run of hexadecimal digits, or of letters and digits that change their kind as no words do.</summary>
    public static bool IsRandom(ReadOnlySpan<char> value, int min = MinRandom)
    {
        value = value[..Math.Min(value.Length, MaxLooked)];
        if (value.Length < min || value.ContainsAnyExcept(Token))
            return false;
        var count = default(Counts);
        for (var index = 0; index < value.Length; index++)
            count.Add(value[index], index > 0 ? Kind(value[index - 1]) : 's');
        var length = value.Length - count.Separators;
        if (length < min - 2)
            return false;
        if (count.Hexadecimal == length && count.Digits > 0 && count.Digits < length)
            return length >= MinRandom && (count.MaxRun >= MinRandom || IsUuid(value));
        if (count.MaxRun < Math.Min(min, 10) && count.Separators * 5 > length)
            return false;
        // Words in camel case change twice per word, and capitals are alone; letters and digits drawn by lot change nearly every second time.
        if (count.Changes * 100 >= length * 20 && (count.Changes + count.Capitals) * 100 >= length * 45)
            return true;
        if (count.Changes * 100 >= length * 30 && count.Digits + count.Capitals > 1)
            return true;
        return count.MaxRun >= 24 && count.Digits == 0 && count.Separators == 0;
    }

    public static bool IsUuid(ReadOnlySpan<char> value) => value.Length == 36 && Guid.TryParseExact(value, "D", out _);

    private struct Counts
    {
        private int _run;

        public int Changes { get; private set; }

        public int Digits { get; private set; }

        public int Hexadecimal { get; private set; }

        public int Separators { get; private set; }

        /// <summary>Capitals behind capitals.</summary>
        public int Capitals { get; private set; }

        public int MaxRun { get; private set; }

        public void Add(char value, char before)
        {
            var kind = Kind(value);
            if (kind == 'd')
                Digits++;
            if (kind == 's')
                Separators++;
            if (kind == 'u' && before == 'u')
                Capitals++;
            if (char.IsAsciiHexDigit(value))
                Hexadecimal++;
            if (kind != before && kind != 's' && before != 's')
                Changes++;
            _run = kind == 's' ? 0 : _run + 1;
            MaxRun = Math.Max(MaxRun, _run);
        }
    }

    private static char Kind(char value) =>
        char.IsAsciiDigit(value) ? 'd'
        : char.IsAsciiLetterLower(value) ? 'l'
        : char.IsAsciiLetterUpper(value) ? 'u'
        : 's';

    private static bool IsPath(ReadOnlySpan<char> value) =>
        value[0] == '/'
        || (value[0] is '.' or '~' && !value[1..].ContainsAny(Inner))
        || value.Contains("://", StringComparison.Ordinal)
        || value.Count('/') > 1
        || IsEmail(value);

    /// <summary>NAME_001: a code or constant.</summary>
    private static bool IsConstant(ReadOnlySpan<char> value) => value.Contains('_') && !value.ContainsAnyExcept(Capitals);

    private static bool IsEmail(ReadOnlySpan<char> value) =>
        value.IndexOf('@') is > 0 and var at
        && value.LastIndexOf('.') is var dot
        && dot > at
        && value.Length - dot > 2
        && !value[(at + 1)..].ContainsAnyExcept(Domain)
        && !value[(dot + 1)..].ContainsAnyInRange('0', '9');

    /// <summary>Verb-Noun, as the commands of PowerShell are called.</summary>
    public static bool IsCommand(ReadOnlySpan<char> value) =>
        value.IndexOf('-') is > 0 and var hyphen && IsIdentifier(value[..hyphen]) && IsIdentifier(value[(hyphen + 1)..]);

    /// <summary>db01.example.org</summary>
    public static bool IsHost(ReadOnlySpan<char> value) =>
        value.LastIndexOf('.') is > 0 and var dot
        && value.Length - dot > 2
        && !value[(dot + 1)..].ContainsAnyExceptInRange('a', 'z')
        && !value.ContainsAnyExcept(Domain)
        && !value.ContainsAnyInRange('A', 'Z');

    /// <summary>1.2.3, v2, 2026-01-02, 10.0.0.1:80, draft-07: hardly a letter.</summary>
    private static bool IsVersion(ReadOnlySpan<char> value) =>
        (char.IsAsciiDigit(value[0]) || (value[0] == 'v' && char.IsAsciiDigit(value[1])))
        && value.Count('.') + value.Count('-') + value.Count(':') >= 2
        && !value.ContainsAny(Inner);
}
