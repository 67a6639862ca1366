using System.Globalization;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.Packager.Conformance;

/// <summary>Whether a plugin gets over what a session shows it: an ordinary one, and what must not be in any.</summary>
internal static class DeliveryChecks
{
    /// <summary>An ordinary session, every message acknowledged.</summary>
    public static async Task<Finding> SessionAsync(RunningPlugin plugin, MessageFeeder feeder, CancellationToken cancellationToken)
    {
        if (
            await PlayAsync(plugin, plugin.Session, feeder, SessionScript.Lines(), isStart: true, cancellationToken)
                .ConfigureAwait(false) is
            { } failure
        )
            return failure;
        return Finding.Pass(
            string.Create(
                CultureInfo.InvariantCulture,
                $"wanted {feeder.Queue.Delivered} of {feeder.Observed} items, all acknowledged; p50 {Milliseconds(feeder, 0.5)}, p99 {Milliseconds(feeder, 0.99)}"
            )
        );
    }

    /// <summary>Shows a session of the plugin some lines.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="session">The conversation about the session.</param>
    /// <param name="feeder">Shows the lines.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="isStart">Whether the session begins with them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What went wrong; null if nothing did.</returns>
    public static async Task<Finding?> PlayAsync(
        RunningPlugin plugin,
        PluginSession session,
        MessageFeeder feeder,
        IEnumerable<ScriptedLine> lines,
        bool isStart,
        CancellationToken cancellationToken
    )
    {
        var steps = lines.Select(line => Step(feeder, line, cancellationToken));
        if (isStart)
            steps = steps.Prepend(("session.started", () => feeder.ReportAsync("session.started", cancellationToken)));
        if (await FeedAsync(plugin, steps, cancellationToken).ConfigureAwait(false) is { } failure)
            return failure;
        if (session.TooLarge > 0)
            return Finding.Fail("it does not take a message of 1 MB");
        return session.Failed == 0
            ? null
            : Finding.Fail(
                $"its handler failed on {session.Failed} of {feeder.Queue.Delivered} items",
                RunningPlugin.LastWords(plugin.Client.LastErrorLines)
            );
    }

    /// <summary>Lines that are no messages. A handler may fail on them; the plugin may not.</summary>
    public static async Task<Finding> MalformedAsync(RunningPlugin plugin, MessageFeeder feeder, CancellationToken cancellationToken)
    {
        var failedBefore = plugin.Session.Failed;
        var steps = MalformedMessages
            .Lines()
            .Select(line => Step(feeder, line, cancellationToken))
            .Append(("a message without content", () => feeder.SendEmptyAsync(cancellationToken)))
            .ToList();
        if (await FeedAsync(plugin, steps, cancellationToken).ConfigureAwait(false) is { } failure)
            return failure;
        var failed = plugin.Session.Failed - failedBefore;
        return Finding.Pass(
            $"survived and acknowledged {steps.Count} kinds{(failed == 0 ? "" : $"; its handler failed on {failed} items")}"
        );
    }

    private static (string Name, Func<Task> Send) Step(MessageFeeder feeder, ScriptedLine line, CancellationToken cancellationToken) =>
        (line.Name, () => feeder.SendAsync(line, cancellationToken));

    /// <returns>What went wrong, and at which step; null if nothing did.</returns>
    private static async Task<Finding?> FeedAsync(
        RunningPlugin plugin,
        IEnumerable<(string Name, Func<Task> Send)> steps,
        CancellationToken cancellationToken
    )
    {
        var at = "";
        try
        {
            foreach (var (name, send) in steps)
            {
                at = $"at {name}";
                await send().ConfigureAwait(false);
            }

            return plugin.Client.Exited.IsCompleted ? await plugin.CrashedAsync("after the last message").ConfigureAwait(false) : null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return await plugin.ExplainAsync(at, e).ConfigureAwait(false);
        }
    }

    private static string Milliseconds(MessageFeeder feeder, double share) =>
        string.Create(CultureInfo.InvariantCulture, $"{feeder.Latency.Quantile(share).TotalMilliseconds:0.0} ms");
}
