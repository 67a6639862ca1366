using Kilometers.Audit;

namespace Kilometers.Api.Hosting;

/// <summary>
/// This node's audit log: one record for each change and each denial, never with a secret. What cannot be recorded is not done: records of
/// changes are written before the answer, and a failure fails the request.
/// </summary>
internal sealed class ApiAudit
{
    private readonly AuditLog _log;

    public ApiAudit(ApiOptions options, TimeProvider time)
    {
        Folder = Path.Combine(options.DataFolder, "audit");
        _log = new AuditLog(Folder, time);
    }

    public string Folder { get; }

    /// <summary>Something was changed.</summary>
    public void Changed(string name, string detail, string? plugin = null, string? version = null, string? digest = null) =>
        _log.Append(new AuditRecord { Event = name, Decision = AuditDecision.Allowed, Detail = detail, Plugin = plugin, Version = version, Digest = digest });

    /// <summary>Something was refused. Not flushed to disk: anybody can cause these.</summary>
    public void Denied(string name, string code, string detail, string? plugin = null) =>
        _log.Append(new AuditRecord { Event = name, Decision = AuditDecision.Denied, Code = code, Detail = detail, Plugin = plugin }, durable: false);
}
