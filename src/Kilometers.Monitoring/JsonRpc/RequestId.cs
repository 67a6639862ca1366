using System.Globalization;
using System.Numerics;
using System.Text;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>
/// An id as it stands on the wire. A plain integer, which most are, is kept as its number: no string is made of it before somebody wants one.
/// The zero value is none.
/// </summary>
internal readonly struct RequestId : IEquatable<RequestId>
{
    /// <summary>What a long has room for, whatever the digits are.</summary>
    private const int MaxDigits = 18;

    private readonly long _number;
    private readonly string? _text;
    private readonly bool _isNumber;

    private RequestId(long number) => (_number, _isNumber) = (number, true);

    private RequestId(string text) => _text = text;

    /// <summary>The raw JSON text; null for none.</summary>
    public string? Text => _isNumber ? _number.ToString(CultureInfo.InvariantCulture) : _text;

    public bool IsNone => !_isNumber && _text is null;

    /// <summary>The id to compare with (<see cref="JsonRpcId.Canonical"/>).</summary>
    public RequestId Canonical => _text is null ? this : Of(JsonRpcId.Canonical(_text));

    public static RequestId Of(string? raw) =>
        raw is null ? default
        : IsPlain<char>(raw, out var number) ? new RequestId(number)
        : new RequestId(raw);

    public static RequestId Read(ReadOnlySpan<byte> raw) =>
        IsPlain(raw, out var number) ? new RequestId(number) : new RequestId(Encoding.UTF8.GetString(raw));

    public bool Equals(RequestId other) => _number == other._number && _isNumber == other._isNumber && _text == other._text;

    public override bool Equals(object? obj) => obj is RequestId other && Equals(other);

    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? _number.GetHashCode();

    /// <summary>Whether the number gives the same text again.</summary>
    private static bool IsPlain<T>(ReadOnlySpan<T> raw, out long number)
        where T : unmanaged, IBinaryInteger<T>
    {
        number = 0;
        if (raw.Length is 0 or > MaxDigits || (raw.Length > 1 && raw[0] == T.CreateTruncating('0')))
            return false;
        foreach (var one in raw)
        {
            var digit = uint.CreateTruncating(one) - '0';
            if (digit > 9)
                return false;
            number = (number * 10) + digit;
        }

        return true;
    }
}
