using System.Collections.Frozen;

namespace Kilometers.Plugins.Guard.Secrets;

/// <summary>International bank account numbers (ISO 13616): the length of the country, and the check digits (ISO 7064, mod 97).</summary>
internal static class Iban
{
    private const int MinLength = 15;
    private const int MaxLength = 34;

    /// <summary>The length in each country, from the public registry.</summary>
    private static readonly FrozenDictionary<string, int> Lengths = (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 "
        + "FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 "
        + "MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 "
        + "SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
    )
        .Split(' ')
        .ToFrozenDictionary(word => word[..2], word => int.Parse(word.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The account numbers in a text, as their places. Single spaces between groups are part of one.</summary>
    public static IEnumerable<(int Start, int End)> Find(string text)
    {
        for (var index = 0; index + MinLength <= text.Length; index++)
        {
            var next = text.AsSpan(index, text.Length - index - 2).IndexOfAnyInRange('A', 'Z');
            if (next < 0)
                yield break;
            index += next;
            if (
                index + MinLength <= text.Length
                && char.IsAsciiLetterUpper(text[index + 1])
                && char.IsAsciiDigit(text[index + 2])
                && char.IsAsciiDigit(text[index + 3])
                && (index == 0 || !char.IsAsciiLetterOrDigit(text[index - 1]))
                && Lengths.TryGetValue(text.Substring(index, 2), out var length)
                && End(text, index, length) is { } end
            )
            {
                yield return (index, end);
                index = end;
            }
        }
    }

    private static int? End(string text, int start, int length)
    {
        Span<char> letters = stackalloc char[MaxLength];
        var count = 0;
        var index = start;
        for (; index < text.Length && count < length; index++)
        {
            if (char.IsAsciiDigit(text[index]) || char.IsAsciiLetterUpper(text[index]))
                letters[count++] = text[index];
            else if (text[index] != ' ' || text[index - 1] == ' ')
                return null;
        }

        var isWhole = count == length && (index == text.Length || !char.IsAsciiLetterOrDigit(text[index]));
        return isWhole && HasCheckDigits(letters[..count]) ? index : null;
    }

    private static bool HasCheckDigits(ReadOnlySpan<char> letters)
    {
        var rest = 0;
        for (var index = 0; index < letters.Length; index++)
        {
            var letter = letters[(index + 4) % letters.Length];
            rest = char.IsAsciiDigit(letter) ? ((rest * 10) + letter - '0') % 97 : ((rest * 100) + letter - 'A' + 10) % 97;
        }

        return rest == 1;
    }
}
