namespace Kilometers.Processes.Unix;

/// <summary>The ids of the children that this library started and has not reaped: everything else below us is an adopted orphan.</summary>
internal static class OwnChildren
{
    private static readonly Dictionary<int, bool> Ids = [];

    /// <summary>Held while a child is started and entered here, so that one that ends at once is not taken for an orphan.</summary>
    public static Lock Gate { get; } = new();

    /// <summary>Set when a child is added or removed.</summary>
    public static AutoResetEvent Changed { get; } = new(initialState: false);

    /// <param name="id">The child.</param>
    /// <param name="isAwaited">Whether a thread of its own waits for its exit status.</param>
    public static void Add(int id, bool isAwaited)
    {
        lock (Gate)
            Ids.Add(id, isAwaited);
        Changed.Set();
    }

    public static void Remove(int id)
    {
        lock (Gate)
            Ids.Remove(id);
        Changed.Set();
    }

    public static bool Contains(int id)
    {
        lock (Gate)
            return Ids.ContainsKey(id);
    }

    public static bool IsAwaited(int id)
    {
        lock (Gate)
            return Ids.GetValueOrDefault(id);
    }
}
