namespace Kilometers.Http.Events;

/// <summary>Bytes that are put together up to a limit; of what comes after, only the number is kept.</summary>
/// <param name="limit">How many bytes are kept.</param>
internal sealed class LimitedBuffer(long limit)
{
    /// <summary>The memory that is kept for the next content.</summary>
    private const int KeptSize = 64 * 1024;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>The bytes that are kept. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Kept => _bytes.AsSpan(0, _length);

    /// <summary>How many bytes were not kept; they follow the others.</summary>
    public long Skipped { get; private set; }

    /// <summary>How many bytes there are in all.</summary>
    public long Size => _length + Skipped;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var room = Math.Min(limit, Array.MaxLength) - _length;
        var kept = Skipped > 0 ? 0 : (int)Math.Min(room, bytes.Length);
        if (_length + kept > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, _length + (long)kept)));
        bytes[..kept].CopyTo(_bytes.AsSpan(_length));
        _length += kept;
        Skipped += bytes.Length - kept;
    }

    /// <summary>Bytes that nobody has seen follow.</summary>
    public void Skip(long count) => Skipped += count;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        (_length, Skipped) = (0, 0);
        if (_bytes.Length > KeptSize)
            _bytes = [];
    }
}
