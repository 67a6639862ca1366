using Kilometers.Cli.Commands.Recordings;

namespace Kilometers.Ui.Recorded;

/// <summary>What plugins found, read again after a moment: a page that is scrolled asks many times.</summary>
internal sealed class FoundInSessions(PluginFindings plugins, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private (string? Session, DateTimeOffset? Since, long At, IReadOnlyList<PluginFinding> Found)? _last;

    /// <summary>What was found, the newest first.</summary>
    /// <param name="since">From this time on; null: ever.</param>
    /// <param name="session">Only in the session with this id; null: in all.</param>
    public IReadOnlyList<PluginFinding> Read(DateTimeOffset? since, string? session = null)
    {
        lock (_gate)
        {
            if (_last is { } last && last.Session == session && last.Since == since && time.GetElapsedTime(last.At) < MaxAge)
                return last.Found;
            var found = plugins.Read(since, session);
            _last = (session, since, time.GetTimestamp(), found);
            return found;
        }
    }
}
