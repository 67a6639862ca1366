using System.Globalization;
using Kilometers.Audit;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>What the audit log says of one session until the end of the period, as its records are read.</summary>
/// <param name="id">Its identifier.</param>
internal sealed class RecordedSession(string id)
{
    private const string PluginPrefix = "plugin.";

    public string Id => id;

    /// <summary>The number of its first record in the period; 0: none yet.</summary>
    public long FirstInPeriod { get; private set; }

    public DateTimeOffset FirstUsed { get; private set; }

    public DateTimeOffset LastUsed { get; private set; }

    public AuditEntry? Start { get; private set; }

    public AuditEntry? Program { get; private set; }

    public AuditEntry? Client { get; private set; }

    public AuditEntry? End { get; private set; }

    /// <summary>Requests that were stopped in the period.</summary>
    public int Stopped { get; private set; }

    public string Server => Start?.Data?.GetValueOrDefault("server") ?? "";

    public bool IsWithoutPlugins => Start?.Data?.GetValueOrDefault("plugins") == "off";

    public long Observed => Number("inboundBytes") + Number("outboundBytes");

    public long Unobserved => Number("unobservedBytes");

    /// <summary>What plugins did not get, in words; null: they got everything.</summary>
    public string? Losses =>
        End?.Detail is { } detail && detail.IndexOf("; ", StringComparison.Ordinal) is > 0 and var at ? detail[(at + 2)..] : null;

    /// <summary>The plugins that it used: name, version and digest.</summary>
    public IEnumerable<(string Name, string? Version, string? Digest)> Plugins =>
        (End?.Data ?? new Dictionary<string, string>())
            .Where(fact => fact.Key.StartsWith(PluginPrefix, StringComparison.Ordinal))
            .Select(fact =>
            {
                var parts = fact.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return (fact.Key[PluginPrefix.Length..], parts.ElementAtOrDefault(0), parts.ElementAtOrDefault(1));
            })
            .OrderBy(plugin => plugin.Item1, StringComparer.Ordinal);

    public long Number(string fact) =>
        long.TryParse(End?.Data?.GetValueOrDefault(fact), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Takes a record of it that was written before the end of the period.</summary>
    public void Add(AuditEntry entry, bool isInPeriod)
    {
        switch (entry.Event)
        {
            case "session.started":
                Start = entry;
                break;
            case "session.program":
                Program = entry;
                break;
            case "session.client":
                Client = entry;
                break;
            case "session.ended":
                End = entry;
                break;
            case "request.stopped" when isInPeriod:
                Stopped += (int)Math.Clamp(AuditEvidence.Requests(entry) ?? 1, 1, int.MaxValue);
                break;
        }

        if (!isInPeriod)
            return;
        if (FirstInPeriod == 0)
            (FirstInPeriod, FirstUsed) = (entry.Seq, entry.Time);
        LastUsed = entry.Time;
    }
}
