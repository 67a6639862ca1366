using System.Globalization;
using Kilometers.Audit;
using Kilometers.Cli.Commands;
using Kilometers.Link.Connection;
using Kilometers.Monitoring.Observation;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.Processes;

namespace Kilometers.Cli.Serving;

/// <summary>
/// What the audit log says of a session itself: what was started, by which client it was used, how it ended. Each fact is recorded as soon as
/// it is known, so that a km that is killed leaves what it knew. Nothing here delays the session: the log is written by a task of its own, and
/// a large program's digest is computed beside it.
/// </summary>
internal sealed class SessionRecords(PluginAudit audit, MonitorOptions options, string? folder)
{
    private Task _identified = Task.CompletedTask;

    /// <summary>A server is used that is reached over HTTP: there is no process to identify.</summary>
    public void Connected() => RecordStart("transport", SessionHello.Http);

    /// <summary>The server runs.</summary>
    public void Started(int process)
    {
        RecordStart("serverPid", Text(process));

        // A thread of its own has the low priority of this one; those of the pool may have another.
        _identified = Task.Factory.StartNew(
            () => Identify(process),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>Takes what is observed on its way to the plugins, and records who the client is.</summary>
    public IObservationSink Watch(IObservationSink sink) => new Sink(sink, Initialized);

    /// <summary>Waits until the server's program is identified.</summary>
    /// <param name="limit">How long, at most: a session does not wait for a slow disk.</param>
    public Task WaitAsync(TimeSpan limit) => Task.WhenAny(_identified, Task.Delay(limit, TimeProvider.System));

    /// <summary>What to record last.</summary>
    /// <param name="status">The server's exit status.</param>
    /// <param name="statistics">What was observed.</param>
    /// <param name="unobserved">Bytes that were passed on and never looked at.</param>
    /// <param name="losses">What plugins did not get, in words.</param>
    public AuditRecord Ended(ExitStatus status, SessionStatistics statistics, long unobserved, IReadOnlyList<string> losses)
    {
        var data = new Dictionary<string, string>
        {
            ["status"] = Text(status.ShellCode),
            ["inbound"] = Text(statistics.Inbound),
            ["outbound"] = Text(statistics.Outbound),
            ["inboundBytes"] = Text(statistics.InboundBytes),
            ["outboundBytes"] = Text(statistics.OutboundBytes),
            ["unobservedBytes"] = Text(unobserved),
            ["errors"] = Text(statistics.Errors),
            ["unanswered"] = Text(statistics.Unanswered),
        };
        foreach (var (plugin, version, digest) in audit.Used)
            data[$"plugin.{plugin}"] = $"{version} {digest}".Trim();
        return new AuditRecord
        {
            Event = "session.ended",
            Decision = AuditDecision.Info,
            Detail = string.Join("; ", losses.Prepend(status.ToString())),
            Data = data,
        };
    }

    /// <summary>A command as one line, without what looks like a secret.</summary>
    internal static string Describe(IReadOnlyList<string> command) => new Redactor().Redact(ServerCommand.Quote(command));

    private void RecordStart(string key, string value) =>
        audit.Record(() =>
            new AuditRecord
            {
                Event = "session.started",
                Decision = AuditDecision.Info,
                Detail = Describe(options.Server),
                Data = new Dictionary<string, string>
                {
                    ["server"] = options.Name,
                    [key] = value,
                    ["plugins"] = options.NoPlugins ? "off" : "on",
                    ["km"] = RootCommandLine.Version,
                },
            }
        );

    /// <summary>A path is relative to where the relay was started.</summary>
    private string Located(string command) =>
        folder is not null && command.Contains('/', StringComparison.Ordinal) ? Path.Combine(folder, command) : command;

    private void Identify(int process)
    {
        try
        {
            var program = ServerProgram.Read(Located(options.Server[0]), process);
            audit.Record(() =>
                new AuditRecord
                {
                    Event = "session.program",
                    Decision = AuditDecision.Info,
                    Digest = program.Digest,
                    Detail = program.IsWhatRuns
                        ? program.Path
                        : $"{program.Path} (as it was after the start; the process executes another file, such as an interpreter, or has ended)",
                }
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            audit.Record(() =>
                new AuditRecord
                {
                    Event = "session.program",
                    Decision = AuditDecision.Info,
                    Detail = $"The server's program cannot be read: {e.Message}",
                }
            );
        }
    }

    private void Initialized(ObservedEvent item)
    {
        var facts = new Dictionary<string, string>();
        foreach (var (name, key) in new[] { ("client", "clientName"), ("clientVersion", "clientVersion"), ("protocol", "protocolVersion") })
            if (item.Data.GetValueOrDefault(key) is { Length: > 0 } value)
                facts[name] = value;
        audit.Record(() =>
            new AuditRecord
            {
                Event = "session.client",
                Decision = AuditDecision.Info,
                Data = facts,
            }
        );
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Sink(IObservationSink next, Action<ObservedEvent> initialized) : IObservationSink
    {
        public WantedPart Wants(in MessageTraits message) => next.Wants(message);

        public void Observe(ObservedItem item)
        {
            if (item is ObservedEvent { Type: "session.initialized" } found)
                initialized(found);
            next.Observe(item);
        }
    }
}
