using System.Text;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>What a JSON value is. <c>None</c>: there is none.</summary>
internal enum JsonKind
{
    None,
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// <summary>
/// Walks over the members of a JSON text that somebody asks for, and checks and skips all others in one go: most of a message is one value
/// that nobody looks into. At the first fault, or the end of a text that was cut off, it has failed, and finds nothing any more.
/// </summary>
/// <param name="text">The text.</param>
internal ref struct JsonCursor(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at = JsonScan.Space(text, 0);
    private ReadOnlySpan<byte> _name;
    private bool _isNameEscaped;
    private bool _isFirst;

    /// <summary>Whether the text is not JSON, or ended too early.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Where the value stands that comes next.</summary>
    public readonly int Position => _at;

    /// <summary>What comes next.</summary>
    public readonly JsonKind Kind =>
        JsonScan.Peek(_text, _at) switch
        {
            (byte)'{' => JsonKind.Object,
            (byte)'[' => JsonKind.Array,
            (byte)'"' => JsonKind.String,
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => JsonKind.Number,
            (byte)'t' => JsonKind.True,
            (byte)'f' => JsonKind.False,
            (byte)'n' => JsonKind.Null,
            _ => JsonKind.None,
        };

    /// <summary>Enters what comes next if it is this, and passes it if not.</summary>
    /// <param name="kind">An object or an array.</param>
    public bool TryEnter(JsonKind kind)
    {
        if (Kind != kind)
        {
            Skip();
            return false;
        }

        _at = JsonScan.Space(_text, _at + 1);
        _isFirst = true;
        return true;
    }

    /// <summary>Goes to the next member of the object that was entered.</summary>
    /// <returns>False at its end, which is passed.</returns>
    public bool NextMember()
    {
        if (!NextPart((byte)'}'))
            return false;
        var at = _at;
        if (JsonScan.Peek(_text, at) != (byte)'"')
            return Fail();
        var end = JsonScan.String(_text, at, out var isEscaped);
        if (end < 0)
            return Fail();
        _name = _text.Slice(at + 1, end - at - 2);
        _isNameEscaped = isEscaped;
        return Reach(JsonScan.Colon(_text, end));
    }

    /// <summary>Goes to the next element of the array that was entered.</summary>
    /// <returns>False at its end, which is passed.</returns>
    public bool NextElement() => NextPart((byte)']');

    /// <summary>Whether the member has this name.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => _isNameEscaped ? IsEscaped(_name, name) : _name.SequenceEqual(name);

    /// <summary>The member's name.</summary>
    /// <returns>False if it is not text (invalid UTF-8, a lone surrogate).</returns>
    public readonly bool TryGetName(out string name) => KnownText.TryDecode(_name, _isNameEscaped, out name);

    /// <summary>Passes the value that comes next.</summary>
    /// <returns>What it is, as it is written; nothing if it was not one.</returns>
    public ReadOnlySpan<byte> Skip()
    {
        var start = _at;
        var end = JsonScan.Value(_text, _at);
        return Pass(end) ? _text[start..end] : default;
    }

    /// <summary>Passes the value that comes next.</summary>
    /// <returns>Its text if it is a string; else null.</returns>
    public string? ReadText() => ReadString(out var value, out var isEscaped) ? KnownText.Get(value, isEscaped) : null;

    /// <summary>Passes the value that comes next.</summary>
    /// <param name="text">Its text.</param>
    /// <returns>False if it is not a string, or that is not text.</returns>
    public bool TryReadText(out string text)
    {
        text = "";
        return ReadString(out var value, out var isEscaped) && KnownText.TryDecode(value, isEscaped, out text);
    }

    /// <summary>Whether nothing is left.</summary>
    public readonly bool IsAtEnd() => !HasFailed && _at == _text.Length;

    private static bool IsEscaped(ReadOnlySpan<byte> escaped, ReadOnlySpan<byte> name) =>
        KnownText.TryDecode(escaped, isEscaped: true, out var decoded) && Encoding.UTF8.GetBytes(decoded).AsSpan().SequenceEqual(name);

    private bool ReadString(out ReadOnlySpan<byte> value, out bool isEscaped)
    {
        value = default;
        isEscaped = false;
        if (Kind != JsonKind.String)
        {
            Skip();
            return false;
        }

        var start = _at;
        var end = JsonScan.String(_text, _at, out isEscaped);
        if (!Pass(end))
            return false;
        value = _text.Slice(start + 1, end - start - 2);
        return true;
    }

    private bool NextPart(byte end)
    {
        var next = JsonScan.Peek(_text, _at);
        if (next == end)
        {
            _isFirst = false;
            _at = JsonScan.Space(_text, _at + 1);
            return false;
        }

        if (!_isFirst)
            return next == (byte)',' ? Pass(_at + 1) : Fail();
        _isFirst = false;
        return next != 0 || Fail();
    }

    /// <summary>Goes on after a part and the white space behind it; fails if that was a fault.</summary>
    private bool Pass(int end) => Reach(end < 0 ? end : JsonScan.Space(_text, end));

    private bool Reach(int at)
    {
        if (at < 0)
            return Fail();
        _at = at;
        return true;
    }

    /// <summary>Nothing comes next any more.</summary>
    private bool Fail()
    {
        _at = _text.Length;
        HasFailed = true;
        return false;
    }
}
