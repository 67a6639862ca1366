using System.Text;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.Packager.Conformance;

/// <summary>
/// Whether a plugin that says that its process serves many sessions does: side by side, each with its own output, and none with another's
/// end.
/// </summary>
internal static class SharingChecks
{
    private const int Count = 3;

    /// <summary>
    /// One session runs to its end; one is broken off in the middle, as if its km had been killed; one comes after that, while the first still
    /// runs, and is there until the process ends.
    /// </summary>
    public static async Task<Finding> SessionsAsync(TestedPlugin tested, TestHost host, int contract, CancellationToken cancellationToken)
    {
        RunningPlugin plugin;
        try
        {
            plugin = await RunningPlugin
                .StartAsync(host, tested.Executable, [contract], cancellationToken, isShared: true)
                .ConfigureAwait(false);
        }
        catch (GoPluginException e)
        {
            return Finding.Fail("it did not start again", [e.Message, .. RunningPlugin.LastWords(e.LastErrorLines)]);
        }

        await using (plugin.ConfigureAwait(false))
        {
            try
            {
                await plugin.PrepareAsync(cancellationToken).ConfigureAwait(false);
                if (plugin.Answer.Error is { } refusal)
                    return Finding.Fail(
                        $"it refused to be initialized without a session: {refusal.Detail}",
                        RunningPlugin.LastWords(plugin.Client.LastErrorLines)
                    );
                return await SessionsAsync(plugin, host, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                return await plugin.ExplainAsync($"in {CheckName.Sessions}", e).ConfigureAwait(false);
            }
        }
    }

    private static async Task<Finding> SessionsAsync(RunningPlugin plugin, TestHost host, CancellationToken cancellationToken)
    {
        var sessions = Enumerable.Range(1, Count).Select(number => new SharedSession($"session-{number}", plugin, host)).ToList();
        var (whole, broken, late) = (sessions[0], sessions[1], sessions[2]);
        try
        {
            if (
                await FirstAsync(whole.PlayHalfAsync(cancellationToken), broken.PlayHalfAsync(cancellationToken)).ConfigureAwait(false) is
                { } one
            )
                return one;
            await broken.DisposeAsync().ConfigureAwait(false);
            if (await FirstAsync(EndAsync(whole), PlayAsync(late)).ConfigureAwait(false) is { } other)
                return other;

            // The plugin has the last session still; its end is the process'.
            var end = await EndingChecks.ShutdownAsync(plugin, late.Feeder, host.Time, cancellationToken).ConfigureAwait(false);
            if (end.Outcome != CheckOutcome.Passed)
                return end;
            return Mixed(sessions) ?? Finding.Pass($"{Count} in one process; one was broken off, the others got everything");
        }
        finally
        {
            foreach (var session in sessions)
                await session.DisposeAsync().ConfigureAwait(false);
        }

        async Task<Finding?> PlayAsync(SharedSession session) =>
            await session.PlayHalfAsync(cancellationToken).ConfigureAwait(false)
            ?? await session.PlayHalfAsync(cancellationToken).ConfigureAwait(false);

        async Task<Finding?> EndAsync(SharedSession session) =>
            await session.PlayHalfAsync(cancellationToken).ConfigureAwait(false)
            ?? await session.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Finding?> FirstAsync(params Task<Finding?>[] failures) =>
        Array.Find(await Task.WhenAll(failures).ConfigureAwait(false), failure => failure is not null);

    /// <summary>What a session prints names none of the tools that only another one has.</summary>
    private static Finding? Mixed(List<SharedSession> sessions)
    {
        foreach (var session in sessions)
        {
            var foreign = sessions.Find(other => other != session && session.Printed.Contains(other.Tool, StringComparison.Ordinal));
            if (foreign is not null)
                return Finding.Fail(
                    $"it printed in {session.Name} what happened in {foreign.Name}",
                    RunningPlugin.LastWords([
                        .. session.Printed.Split('\n').Where(line => line.Contains(foreign.Tool, StringComparison.Ordinal)),
                    ])
                );
        }

        return null;
    }

    /// <summary>One of the sessions.</summary>
    private sealed class SharedSession : IAsyncDisposable
    {
        private readonly RunningPlugin _plugin;
        private readonly PluginSession _session;
        private readonly MemoryStream _printed = new();
        private readonly Queue<ScriptedLine[]> _halves;
        private bool _isStarted;

        public SharedSession(string name, RunningPlugin plugin, TestHost host)
        {
            (Name, _plugin) = (name, plugin);
            Feeder = new MessageFeeder(host.Timeout, host.Time);
            _session = plugin.Open(host.CreateFacts(name), Keep);
            var lines = SessionScript.Lines(Tool).ToList();
            _halves = new Queue<ScriptedLine[]>(lines.Chunk((lines.Count + 1) / 2));
        }

        public string Name { get; }

        /// <summary>Only this session's server has it.</summary>
        public string Tool => $"echo-of-{Name}";

        public MessageFeeder Feeder { get; }

        public string Printed
        {
            get
            {
                lock (_printed)
                    return Encoding.UTF8.GetString(_printed.GetBuffer(), 0, (int)_printed.Length);
            }
        }

        /// <summary>Shows the plugin the next half of an ordinary session.</summary>
        /// <returns>What went wrong; null if nothing did.</returns>
        public async Task<Finding?> PlayHalfAsync(CancellationToken cancellationToken)
        {
            var isFirst = !_isStarted;
            _isStarted = true;
            if (isFirst)
                Feeder.Start(_session, _plugin.Answer);
            var failure = await DeliveryChecks
                .PlayAsync(_plugin, _session, Feeder, _halves.Dequeue(), isFirst, cancellationToken)
                .ConfigureAwait(false);
            return failure is null ? null : failure with { Seen = $"{Name}: {failure.Seen}" };
        }

        /// <summary>Ends as sessions do.</summary>
        public async Task<Finding?> CompleteAsync(CancellationToken cancellationToken)
        {
            try
            {
                await Feeder.CompleteAsync(TestHost.ShutdownLimit, cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                return await _plugin.ExplainAsync($"at the end of {Name}, while others ran", e).ConfigureAwait(false);
            }
        }

        public ValueTask DisposeAsync() => Feeder.DisposeAsync();

        private void Keep(ReadOnlyMemory<byte> bytes)
        {
            lock (_printed)
                _printed.Write(bytes.Span);
        }
    }
}
