using System.Globalization;
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
        : IsPlain<char>(raw) ? new RequestId(long.Parse(raw, NumberStyles.None, CultureInfo.InvariantCulture))
        : new RequestId(raw);

    public static RequestId Read(ReadOnlySpan<byte> raw) =>
        IsPlain(raw)
            ? new RequestId(long.Parse(raw, NumberStyles.None, CultureInfo.InvariantCulture))
            : new RequestId(Encoding.UTF8.GetString(raw));

    public bool Equals(RequestId other) => _number == other._number && _isNumber == other._isNumber && _text == other._text;

    public override bool Equals(object? obj) => obj is RequestId other && Equals(other);

    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? _number.GetHashCode();

    /// <summary>Whether the number gives the same text again.</summary>
    private static bool IsPlain<T>(ReadOnlySpan<T> raw)
        where T : unmanaged, System.Numerics.IBinaryInteger<T> =>
        raw.Length is > 0 and <= MaxDigits
        && raw.IndexOfAnyExceptInRange(T.CreateTruncating('0'), T.CreateTruncating('9')) < 0
        && (raw.Length == 1 || raw[0] != T.CreateTruncating('0'));
}
