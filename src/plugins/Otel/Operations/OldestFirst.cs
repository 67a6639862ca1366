namespace Kilometers.Plugins.Otel.Operations;

/// <summary>A dictionary that forgets its oldest entry when it is full.</summary>
/// <param name="max">The most entries.</param>
internal sealed class OldestFirst<T>(int max)
{
    private readonly OrderedDictionary<string, T> _entries = new(StringComparer.Ordinal);

    public void Add(string key, T value)
    {
        _entries[key] = value;
        if (_entries.Count > max)
            _entries.RemoveAt(0);
    }

    /// <summary>Takes an entry out.</summary>
    /// <returns>The default value if there is none.</returns>
    public T? Take(string key) => _entries.Remove(key, out var value) ? value : default;

    public IReadOnlyList<T> Drain()
    {
        IReadOnlyList<T> all = [.. _entries.Values];
        _entries.Clear();
        return all;
    }
}
