using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>What plugins found with calls.</summary>
internal sealed class CallFindings
{
    private readonly ILookup<(string Session, long Call), PluginFinding> _findings;

    private CallFindings(IEnumerable<PluginFinding> findings) =>
        _findings = findings.Where(one => one.Call > 0).OrderBy(one => one.Time).ToLookup(one => (one.Session, one.Call));

    /// <summary>Reads what was found with calls that began at a time or later: nothing is found with a call before it begins.</summary>
    public static CallFindings Since(CommandContext context, DateTimeOffset since) =>
        new(
            new PluginFindings(
                PluginFolder.Of(context.Paths, PluginFindings.Analytics),
                PluginFolder.Of(context.Paths, PluginFindings.Guard),
                context.Time
            ).Read(since)
        );

    /// <summary>What was found with a call.</summary>
    /// <param name="session">km's own id of its session.</param>
    /// <param name="call">The call.</param>
    public IReadOnlyList<PluginFinding> Of(string? session, RecordedCall call) =>
        session is null ? [] : [.. _findings[(session, call.Sequence)]];
}
