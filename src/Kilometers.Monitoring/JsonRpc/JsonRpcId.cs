using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Brings ids that are written differently but mean the same into one form, without ever going through a double.</summary>
public static class JsonRpcId
{
    /// <summary>
    /// The id to compare with: a string with its escapes resolved (and its quotes kept, so that <c>"1"</c> stays apart from <c>1</c>); a number as digits and exponent, so that <c>1</c>, <c>1.0</c> and <c>10e-1</c> are one.
    /// </summary>
    /// <param name="raw">Raw JSON text of a string or number; anything else is returned as it is.</param>
    public static string Canonical(string raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        if (raw.Length == 0)
            return raw;
        if (raw[0] == '"')
            return raw.Contains('\\', StringComparison.Ordinal) ? Unescaped(raw) : raw;
        return raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? raw : CanonicalNumber(raw);
    }

    private static string Unescaped(string raw)
    {
        try
        {
            using var document = JsonDocument.Parse(raw);
            return $"\"{document.RootElement.GetString()}\"";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // As no other id begins.
            return "\\" + raw;
        }
    }

    private static string CanonicalNumber(string raw)
    {
        var negative = raw[0] == '-';
        var body = raw.AsSpan(negative ? 1 : 0);
        var exponentAt = body.IndexOfAny('e', 'E');
        if (
            !long.TryParse(
                exponentAt < 0 ? "0" : body[(exponentAt + 1)..],
                System.Globalization.NumberStyles.AllowLeadingSign,
                null,
                out var exponent
            ) || exponent is > 1_000_000 or < -1_000_000
        )
            return raw;
        var mantissa = exponentAt < 0 ? body : body[..exponentAt];
        var point = mantissa.IndexOf('.');
        var digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        if (point >= 0)
            exponent -= mantissa.Length - point - 1;
        digits = digits.TrimStart('0');
        var significant = digits.TrimEnd('0');
        exponent += digits.Length - significant.Length;
        if (significant.Length == 0)
            return "0";

        // Integers of a sane size are written out, so that they meet the plain form.
        var text = exponent is >= 0 and <= 64 ? significant + new string('0', (int)exponent) : $"{significant}e{exponent}";
        return negative ? "-" + text : text;
    }
}
