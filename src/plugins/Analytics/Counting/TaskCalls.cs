namespace Kilometers.Plugins.Analytics.Counting;

/// <summary>Calls that became tasks, and the requests that ask about them: these belong to the call and are none of their own.</summary>
/// <param name="max">How many are remembered; then it starts over.</param>
internal sealed class TaskCalls(int max)
{
    private readonly Dictionary<string, OpenCall> _calls = new(StringComparer.Ordinal);

    // By the direction and the id of their requests.
    private readonly Dictionary<string, string> _polls = new(StringComparer.Ordinal);

    /// <summary>Calls whose tasks have not ended, as far as is known.</summary>
    public IEnumerable<OpenCall> Open => _calls.Values.Where(call => call.TaskEnded is null);

    /// <summary>Calls whose tasks have ended, and whose results nobody fetched.</summary>
    public IEnumerable<OpenCall> Ended => _calls.Values.Where(call => call.TaskEnded is not null);

    /// <summary>A call has become a task.</summary>
    public void Add(string task, OpenCall call)
    {
        if (_calls.Count >= max)
            _calls.Clear();
        _calls[task] = call;
    }

    /// <summary>The call of a task; null: not known.</summary>
    public OpenCall? Find(string task) => _calls.GetValueOrDefault(task);

    /// <summary>The task is over.</summary>
    public void Remove(string task) => _calls.Remove(task);

    /// <summary>A request asks about a task.</summary>
    /// <returns>Whether the task is known.</returns>
    public bool TryPoll(string request, string task)
    {
        if (!_calls.ContainsKey(task))
            return false;
        if (_polls.Count >= max)
            _polls.Clear();
        _polls[request] = task;
        return true;
    }

    /// <summary>The task that a request asked about; null: it asked about none.</summary>
    public string? TakePoll(string request) => _polls.Remove(request, out var task) ? task : null;
}
