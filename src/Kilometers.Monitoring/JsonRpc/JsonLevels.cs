using System.Runtime.CompilerServices;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Which of the containers around a value are objects. A bit for each, so that a message cannot be too deep.</summary>
internal struct JsonLevels
{
    private const int PerWord = 64;

    private ulong _top;
    private List<ulong>? _below;

    public int Count { get; private set; }

    /// <summary>Whether the innermost is an object.</summary>
    public readonly bool IsObject => (_top & 1) != 0;

    /// <summary>What closes the innermost: a bracket, or a brace, which is 32 more.</summary>
    public readonly byte Closing => (byte)(']' + ((_top & 1) << 5));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(bool isObject)
    {
        if (Count > 0 && Count % PerWord == 0)
            (_below ??= []).Add(_top);
        _top = (_top << 1) | (isObject ? 1UL : 0);
        Count++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Pop()
    {
        _top >>= 1;
        if (--Count == 0 || Count % PerWord != 0)
            return;
        _top = _below![^1];
        _below.RemoveAt(_below.Count - 1);
    }
}
