using Kilometers.Analytics;
using Kilometers.Analytics.Writing;

namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>All that was learned of tools and servers, and how large scores of each kind are everywhere.</summary>
internal sealed class Norms
{
    /// <summary>The one used longest ago makes room.</summary>
    private const int MaxTools = 512;

    private const int MaxServers = 32;

    /// <summary>The first byte of what is stored.</summary>
    private const byte Format = 1;

    private readonly Known<(string Server, string Tool), ToolNorms> _tools = new(MaxTools);
    private readonly Known<string, ServerNorms> _servers = new(MaxServers);
    private readonly Tail[] _tails = [.. Enum.GetValues<AnomalyKind>().Select(_ => new Tail())];
    private readonly bool[] _changed = new bool[Enum.GetValues<AnomalyKind>().Length];

    public ToolNorms Of(string server, string tool) => _tools.Use((server, tool));

    public ServerNorms Of(string server) => _servers.Use(server);

    /// <summary>How large scores of a kind are, of all tools together: what is known about one is far too little to tell what is rare.</summary>
    public Tail Tail(AnomalyKind kind)
    {
        _changed[(int)kind] = true;
        return _tails[(int)kind];
    }

    /// <summary>What changed since the last time.</summary>
    public IEnumerable<LearnedState> TakeChanges()
    {
        foreach (var (key, norms) in _tools.TakeChanges())
            yield return new LearnedState(key.Server, key.Tool, Bytes(norms.Write));
        foreach (var (server, norms) in _servers.TakeChanges())
            yield return new LearnedState(server, "", Bytes(norms.Write));
        for (var kind = 0; kind < _tails.Length; kind++)
            if (_changed[kind])
            {
                _changed[kind] = false;
                yield return new LearnedState("", Enum.GetName((AnomalyKind)kind)!, Bytes(_tails[kind].Write));
            }
    }

    /// <summary>Takes what an earlier process learned, the newest first. What is damaged is learned again.</summary>
    public void Take(IEnumerable<LearnedState> states)
    {
        foreach (var state in states)
        {
            if (state.Server.Length == 0)
            {
                if (
                    Enum.TryParse<AnomalyKind>(state.Tool, out var kind)
                    && Enum.IsDefined(kind)
                    && Read<Tail>(state, tail => tail.Read) is { } tail
                )
                    _tails[(int)kind] = tail;
            }
            else if (state.Tool.Length == 0)
            {
                if (Read<ServerNorms>(state, norms => norms.Read) is { } norms)
                    _servers.Put(state.Server, norms);
            }
            else if (Read<ToolNorms>(state, norms => norms.Read) is { } norms)
                _tools.Put((state.Server, state.Tool), norms);
        }
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Format);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private static T? Read<T>(LearnedState state, Func<T, Action<BinaryReader>> read)
        where T : class, new()
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(state.Data, writable: false));
            if (reader.ReadByte() != Format)
                return null;
            var norms = new T();
            read(norms)(reader);
            return norms;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Norms by what they are of, as many as memory is for.</summary>
    private sealed class Known<TKey, TNorms>(int max)
        where TKey : notnull
        where TNorms : new()
    {
        private readonly Dictionary<TKey, Entry> _entries = [];
        private long _uses;

        public TNorms Use(TKey key)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                if (_entries.Count >= max)
                    _entries.Remove(_entries.MinBy(pair => pair.Value.Used).Key);
                _entries[key] = entry = new Entry(new TNorms());
            }

            entry.Used = ++_uses;
            entry.IsChanged = true;
            return entry.Norms;
        }

        public void Put(TKey key, TNorms norms)
        {
            if (_entries.Count < max)
                _entries.TryAdd(key, new Entry(norms));
        }

        public IEnumerable<(TKey Key, TNorms Norms)> TakeChanges()
        {
            foreach (var (key, entry) in _entries)
                if (entry.IsChanged)
                {
                    entry.IsChanged = false;
                    yield return (key, entry.Norms);
                }
        }

        private sealed class Entry(TNorms norms)
        {
            public TNorms Norms => norms;

            public long Used { get; set; }

            public bool IsChanged { get; set; }
        }
    }
}
