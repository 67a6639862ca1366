using Kilometers.Contracts;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>What state a plugin is in and how it came there. Every change goes through here, and so into the audit log.</summary>
internal sealed class PluginLife(string label, PluginAudit audit, TimeProvider time)
{
    private const int MaxHistory = 16;
    private readonly Lock _gate = new();
    private readonly Queue<PluginStateChange> _history = new(MaxHistory);

    /// <summary>The plugin's name once it has said it; its file's name before.</summary>
    public string Label { get; set; } = label;

    public PluginState State { get; private set; }

    /// <summary>Why it is in <see cref="PluginState.Error"/>; null in any other state.</summary>
    public KmError? Error => State == PluginState.Error ? LastError : null;

    /// <summary>The last thing that went wrong.</summary>
    public KmError? LastError { get; private set; }

    /// <summary>Whether it is in <see cref="PluginState.Error"/> because it may not run: it did not fail, and starting it again would not change that.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Whether it was Active once.</summary>
    public bool WasActive { get; private set; }

    /// <summary>The last changes, the newest last.</summary>
    public IReadOnlyList<PluginStateChange> History
    {
        get
        {
            lock (_gate)
                return [.. _history];
        }
    }

    /// <summary>Moves to a state, if the table allows that from the present one.</summary>
    /// <param name="to">The state.</param>
    /// <param name="error">Why, where it is an error.</param>
    /// <param name="isRefusal">Whether the error is one that starting it again would not change.</param>
    /// <param name="reason">Why, else.</param>
    /// <returns>Whether it has moved.</returns>
    public bool Move(PluginState to, KmError? error = null, bool isRefusal = false, string? reason = null)
    {
        lock (_gate)
        {
            if (!PluginTransitions.IsAllowed(State, to))
                return false;

            audit.Moved(Label, State, to, error, isRefusal, reason);
            if (_history.Count == MaxHistory)
                _history.Dequeue();
            _history.Enqueue(new PluginStateChange(time.GetUtcNow(), to, error?.Code));
            LastError = error ?? LastError;
            IsRefused = to == PluginState.Error && isRefusal;
            WasActive |= to == PluginState.Active;
            State = to;
            return true;
        }
    }
}
