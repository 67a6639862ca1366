using System.Globalization;
using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.TestPlugin;

/// <summary>
/// Counts messages and checks that none is missing, doubled or out of order, where a record of each would be too much. In each direction
/// there must be a request with id 0, its response, a request with id 1, its response, and so on.
/// </summary>
internal sealed class OrderCounter(string path)
{
    private const long SaveEvery = 1000;
    private readonly long[] _seen = new long[2];
    private ulong _sequence;
    private long _count;
    private long _violations;

    public void Count(ObservedMessage message)
    {
        var index = _seen[message.Direction == MessageDirection.Inbound ? 0 : 1]++;
        var kind = index % 2 == 0 ? MessageKind.Request : MessageKind.Response;
        var inOrder = message.Kind == kind && message.Sequence > _sequence
            && long.TryParse(message.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id == index / 2
            && (kind == MessageKind.Request || message.Latency is not null);
        if (!inOrder) _violations++;
        _sequence = message.Sequence;
        if (++_count % SaveEvery == 0) Save();
    }

    /// <summary>Replaces the file, so that a reader never sees half of it.</summary>
    public void Save()
    {
        File.WriteAllText(path + ".new", string.Create(CultureInfo.InvariantCulture, $"{_count} {_violations}"));
        File.Move(path + ".new", path, overwrite: true);
    }
}
