namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Payment card numbers (ISO/IEC 7812): 13 to 19 digits, single spaces or hyphens between them, whose check digit (Luhn) is right.
/// Looks at most a fixed number of characters ahead.
/// </summary>
internal static class CardNumber
{
    private const int Fewest = 13;
    private const int Most = 19;

    public static SecretMasker.Range? Match(string text, int position)
    {
        Span<int> digits = stackalloc int[Most + 1];
        var count = 0;
        var end = position;
        for (var index = position; index < text.Length && count <= Most; index++)
        {
            if (char.IsAsciiDigit(text[index]))
            {
                digits[count++] = text[index] - '0';
                end = index + 1;
            }
            else if (text[index] is not (' ' or '-') || end != index)
            {
                break;
            }
        }
        // A number that goes on, or belongs to a word or a fraction, is something else.
        if (count is < Fewest or > Most || digits[0] == 0) return null;
        if (end < text.Length && Characters.IsWord(text[end])) return null;
        if (position > 0 && text[position - 1] == '.') return null;
        return HasCheckDigit(digits[..count]) ? new(position, end) : null;
    }

    private static bool HasCheckDigit(ReadOnlySpan<int> digits)
    {
        var sum = 0;
        for (var index = 0; index < digits.Length; index++)
        {
            var digit = digits[^(index + 1)];
            if (index % 2 == 1) digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }
        return sum % 10 == 0;
    }
}
