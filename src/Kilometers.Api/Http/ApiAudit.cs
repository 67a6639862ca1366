using Kilometers.Api.Configuration;
using Kilometers.Audit;

namespace Kilometers.Api.Http;

/// <summary>
/// This node's audit log: one record for each change and each denial, never with a secret. What cannot be recorded is not done: records of
/// changes are written before the answer, and a failure fails the request. Each is a line in the server's log, too.
/// </summary>
internal sealed partial class ApiAudit
{
    private readonly AuditLog _log;
    private readonly ILogger<ApiAudit> _logger;
    private long _appended;

    public ApiAudit(ApiOptions options, TimeProvider time, ILogger<ApiAudit> logger)
    {
        Folder = Path.Combine(options.DataFolder, "audit");
        _log = new AuditLog(Folder, time);
        _logger = logger;
    }

    public string Folder { get; }

    /// <summary>How many records this process has appended.</summary>
    public long Appended => Interlocked.Read(ref _appended);

    /// <summary>Something was changed.</summary>
    public void Changed(string name, string detail, string? plugin = null, string? version = null, string? digest = null)
    {
        _log.Append(
            new AuditRecord
            {
                Event = name,
                Decision = AuditDecision.Allowed,
                Detail = detail,
                Plugin = plugin,
                Version = version,
                Digest = digest,
            }
        );
        Interlocked.Increment(ref _appended);
        Done(_logger, name, detail, plugin ?? "-", version ?? "-");
    }

    /// <summary>Something was refused. Not flushed to disk: anybody can cause these.</summary>
    public void Denied(string name, string code, string detail, string? plugin = null)
    {
        _log.Append(
            new AuditRecord
            {
                Event = name,
                Decision = AuditDecision.Denied,
                Code = code,
                Detail = detail,
                Plugin = plugin,
            },
            durable: false
        );
        Interlocked.Increment(ref _appended);
        Refused(_logger, name, code, detail, plugin ?? "-");
    }

    [LoggerMessage(1, LogLevel.Information, "{Event} {Detail} plugin={Plugin} version={Version}")]
    private static partial void Done(ILogger logger, string @event, string detail, string plugin, string version);

    [LoggerMessage(2, LogLevel.Warning, "{Event} [{Code}] {Detail} plugin={Plugin}")]
    private static partial void Refused(ILogger logger, string @event, string code, string detail, string plugin);
}
