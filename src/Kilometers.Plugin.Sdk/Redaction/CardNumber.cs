namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Payment card numbers (ISO/IEC 7812): 13 to 19 digits, single spaces or hyphens between them, that begin and are as long as a network's
/// are, and whose check digit (Luhn) is right: of times, counters and other ids, which are digits too, few look so.
/// Looks at most a fixed number of characters ahead.
/// </summary>
internal static class CardNumber
{
    private const int MinDigits = 13;
    private const int MaxDigits = 19;

    public static SecretRange? Match(string text, int position)
    {
        // All networks begin with one of these.
        if (text[position] is < '2' or > '6' || text.Length - position < MinDigits)
            return null;
        Span<int> digits = stackalloc int[MaxDigits + 1];
        var count = 0;
        var end = position;
        for (var index = position; index < text.Length && count <= MaxDigits; index++)
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
        if (count is < MinDigits or > MaxDigits || !IsNetwork(digits[..count]))
            return null;
        if (end < text.Length && Characters.IsWord(text[end]))
            return null;
        if (position > 0 && (text[position - 1] == '.' || (text[position - 1] == '-' && IsEndOfUuid(text, position, end))))
            return null;
        return HasCheckDigit(digits[..count]) ? new(position, end) : null;
    }

    private static bool IsNetwork(ReadOnlySpan<int> digits)
    {
        var two = (digits[0] * 10) + digits[1];
        var four = (two * 100) + (digits[2] * 10) + digits[3];
        return digits.Length switch
        {
            13 => digits[0] == 4,
            14 => two is 30 or 36 or 38 or 39,
            15 => two is 34 or 37,
            16 => digits[0] == 4 || two is 35 or (>= 50 and <= 69) || four is >= 2200 and <= 2720,
            19 => digits[0] == 4 || two is 62 or 50 or (>= 56 and <= 69),
            _ => two is 62 or 50 or (>= 56 and <= 69),
        };
    }

    /// <summary>Four digits and twelve: the last groups of a UUID may have no letter.</summary>
    private static bool IsEndOfUuid(string text, int position, int end) =>
        end - position == 17 && text[position + 4] == '-' && !text.AsSpan(position + 5, 12).ContainsAny(' ', '-');

    private static bool HasCheckDigit(ReadOnlySpan<int> digits)
    {
        var sum = 0;
        for (var index = 0; index < digits.Length; index++)
        {
            var digit = digits[^(index + 1)];
            if (index % 2 == 1)
                digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }
        return sum % 10 == 0;
    }
}
