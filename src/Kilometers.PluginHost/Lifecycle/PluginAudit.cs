using System.Collections.Concurrent;
using System.Threading.Channels;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// One record for each step in the life of a session and its plugins, written by a task of its own: another km that holds the log must not
/// keep this session from ending. Only a plugin's start waits for its record.
/// </summary>
internal sealed class PluginAudit
{
    private readonly Channel<(Func<AuditRecord> Record, bool Durable, TaskCompletionSource Written)> _records = Channel.CreateUnbounded<(
        Func<AuditRecord>,
        bool,
        TaskCompletionSource
    )>(new UnboundedChannelOptions { SingleReader = true });

    private readonly ConcurrentDictionary<string, (string? Version, string? Digest)> _used = new();

    private readonly AuditLog _log;
    private readonly string _session;
    private readonly Action<KmError> _failed;
    private readonly Task _writing;
    private int _waiting;
    private bool _hasFailed;

    /// <param name="log">The user's log.</param>
    /// <param name="session">The session's identifier.</param>
    /// <param name="failed">Is told, once, that a record could not be written, and why.</param>
    public PluginAudit(AuditLog log, string session, Action<KmError> failed)
    {
        _log = log;
        _session = session;
        _failed = failed;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>The plugins that the session used, each as it was last.</summary>
    public IEnumerable<(string Plugin, string? Version, string? Digest)> Used =>
        _used.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => (each.Key, each.Value.Version, each.Value.Digest));

    /// <summary>Records something about the session.</summary>
    /// <param name="create">Makes the record, on the thread that writes it: what takes long delays no caller.</param>
    public void Record(Func<AuditRecord> create) => _ = Add(() => create() with { Session = _session }, durable: false);

    /// <summary>Records that a plugin is about to be started.</summary>
    /// <returns>Completes when it is on disk.</returns>
    /// <exception cref="KmException"><c>AUD_LOG_001</c>: it cannot be recorded, so it must not be started.</exception>
    public Task LaunchAsync(string plugin, PackageVerification? verification, string executable)
    {
        // A plugin under development is known by its file until it says its name.
        if (verification is not null)
            Uses(plugin, verification);
        return AddOfProcessAsync(
            new AuditRecord
            {
                Event = "plugin.launch",
                Decision = AuditDecision.Allowed,
                Plugin = plugin,
                Version = verification?.Manifest.Version,
                Digest = verification?.PayloadDigest,
                Detail = verification is null
                    ? $"under development, unsigned: {executable}"
                    : $"signed by {verification.Signer!.Describe()}",
                Session = _session,
            },
            durable: true
        );
    }

    /// <summary>The session uses a plugin's process, which it, or another session, has started.</summary>
    public void Uses(string plugin, PackageVerification? verification) =>
        _used[plugin] = (verification?.Manifest.Version, verification?.PayloadDigest);

    /// <summary>Records a change of state; the start has its own record.</summary>
    /// <param name="plugin">Whose.</param>
    /// <param name="from">The state that it was in.</param>
    /// <param name="to">The state that it is in now.</param>
    /// <param name="error">Why, where it is an error.</param>
    /// <param name="isRefusal">Whether it is refused, where it is one: a denial, as opposed to a failure.</param>
    /// <param name="reason">Why, else.</param>
    public void Moved(string plugin, PluginState from, PluginState to, KmError? error, bool isRefusal, string? reason)
    {
        if (to == PluginState.Loading)
            return;
        var isDenial = to == PluginState.Error && isRefusal;
        var why = error?.Summary ?? reason;
        _ = Add(
            new AuditRecord
            {
                Event =
                    isDenial ? "plugin.denied"
                    : to == PluginState.Discovered ? "plugin.restart"
                    : "plugin.state",
                Decision = isDenial ? AuditDecision.Denied : AuditDecision.Info,
                Plugin = plugin,
                Code = error?.Code,
                Detail = why is null ? $"{from} -> {to}" : $"{from} -> {to}: {why}",
                Session = _session,
            },
            durable: isDenial
        );
    }

    /// <summary>A message was left out because the plugin's process failed at it twice.</summary>
    public void SetAside(string plugin, KmError error) =>
        _ = Add(
            new AuditRecord
            {
                Event = "plugin.message-set-aside",
                Decision = AuditDecision.Info,
                Plugin = plugin,
                Code = error.Code,
                Detail = error.Detail,
                Session = _session,
            },
            durable: false
        );

    /// <summary>Somebody outside the session asked for something to be done to a plugin.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="what">What.</param>
    /// <param name="who">Who, as the system says.</param>
    /// <param name="error">Why it was not done; null if it was.</param>
    public void Asked(string plugin, string what, string who, KmError? error) =>
        _ = Add(
            new AuditRecord
            {
                Event = "plugin.control",
                Decision = error is null ? AuditDecision.Allowed : AuditDecision.Denied,
                Plugin = plugin,
                Code = error?.Code,
                Detail = $"{what}, requested by {who}",
                Session = _session,
            },
            durable: false
        );

    /// <summary>Records that a plugin was connected to a host for the first time, or was not.</summary>
    /// <param name="plugin">Its name.</param>
    /// <param name="host">Where to.</param>
    /// <param name="error">Why not; null if it was.</param>
    public void Network(string plugin, string host, KmError? error)
    {
        var isDenial = error is { Code: ErrorCode.HostNotGranted or ErrorCode.PrivateAddress or ErrorCode.EgressRequest };
        _ = AddOfProcessAsync(
            new AuditRecord
            {
                Event = "plugin.network",
                Decision =
                    isDenial ? AuditDecision.Denied
                    : error is null ? AuditDecision.Allowed
                    : AuditDecision.Info,
                Plugin = plugin,
                Code = error?.Code,
                Detail = error is null ? host : $"{host}: {error.Summary}{(error.Detail is { } detail ? $" ({detail})" : "")}",
                Session = _session,
            },
            durable: isDenial
        );
    }

    /// <summary>Records what a policy means for the session as a whole: it is not started, or ends, or continues with a loss; or what is refused of a project as a whole.</summary>
    public void Session(string name, AuditDecision decision, string? plugin, KmError error) =>
        _ = Add(
            new AuditRecord
            {
                Event = name,
                Decision = decision,
                Plugin = plugin,
                Code = error.Code,
                Detail = error.Detail ?? error.Summary,
                Session = _session,
            },
            durable: true
        );

    /// <summary>Whether records wait to be written.</summary>
    public bool IsWriting => Volatile.Read(ref _waiting) > 0;

    /// <summary>Nothing more comes; waits until all is written.</summary>
    /// <returns>Completes when it is; may take as long as another km holds the log.</returns>
    public Task CompleteAsync()
    {
        _records.Writer.TryComplete();
        return _writing;
    }

    private Task Add(AuditRecord record, bool durable) => Add(() => record, durable);

    private Task Add(Func<AuditRecord> record, bool durable)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Increment(ref _waiting);
        if (_records.Writer.TryWrite((record, durable, written)))
            return written.Task;
        Interlocked.Decrement(ref _waiting);
        written.SetException(new KmException(new KmError(ErrorCode.AuditNotWritten, "The session's audit is closed")));
        return written.Task;
    }

    /// <summary>About a process that this session has started: others may use it when the session has ended.</summary>
    private async Task AddOfProcessAsync(AuditRecord record, bool durable)
    {
        if (!_records.Reader.Completion.IsCompleted && Add(record, durable) is { IsFaulted: false } written)
        {
            await written.ConfigureAwait(false);
            return;
        }

        await _writing.ConfigureAwait(false);
        await Task.Run(() => _log.Append(record, durable)).ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        await foreach (var (record, durable, written) in _records.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                _log.Append(record(), durable);
                written.SetResult();
            }
            catch (Exception e)
            {
                // Whatever is wrong with one record, the next ones are written.
                var fault =
                    e as KmException
                    ?? new KmException(
                        new KmError(ErrorCode.AuditNotWritten, "A record of the audit log cannot be made", e.Message, "Please report this.")
                    );
                written.SetException(fault);
                _ = written.Task.Exception;
                Tell(fault.Error);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
    }

    private void Tell(KmError error)
    {
        if (_hasFailed)
            return;
        _hasFailed = true;
        try
        {
            _failed(error);
        }
        catch (Exception)
        {
            // Who cannot be told must not keep the next records from being written: plugins wait for theirs.
        }
    }
}
