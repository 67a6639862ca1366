using System.Globalization;
using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.TestPlugin;

/// <summary>
/// Counts messages and checks that none is missing, doubled or out of order, where a record of each would be too much. In each direction
/// the ids of the requests must be 0, 1, 2 …, those of the responses too, and each response must have found its request.
/// </summary>
internal sealed class OrderCounter(string path)
{
    private const long SaveEvery = 1000;
    private readonly long[] _next = new long[4];
    private ulong _sequence;
    private long _count;
    private long _violations;

    public void Count(ObservedMessage message)
    {
        var isRequest = message.Kind == MessageKind.Request;
        ref var next = ref _next[(message.Direction == MessageDirection.Inbound ? 0 : 2) + (isRequest ? 0 : 1)];
        var inOrder =
            message.Sequence > _sequence
            && long.TryParse(message.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && id == next
            && (isRequest || (message.Kind == MessageKind.Response && message.Latency is not null));
        next++;
        if (!inOrder)
            _violations++;
        _sequence = message.Sequence;
        if (++_count % SaveEvery == 0)
            Save();
    }

    /// <summary>Replaces the file, so that a reader never sees half of it.</summary>
    public void Save()
    {
        File.WriteAllText(path + ".new", string.Create(CultureInfo.InvariantCulture, $"{_count} {_violations}"));
        File.Move(path + ".new", path, overwrite: true);
    }
}
