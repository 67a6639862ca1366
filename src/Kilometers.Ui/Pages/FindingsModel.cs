using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Output;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>What plugins found.</summary>
/// <param name="Head">In which session; null: in all.</param>
/// <param name="Scope">In which time and server; null: those of the session.</param>
/// <param name="Tool">Only of this tool; null: all.</param>
/// <param name="Findings">The findings, the newest first.</param>
/// <param name="HasMore">Whether there are more than are shown.</param>
public sealed record FindingsModel(SessionHead? Head, Scope? Scope, string? Tool, IReadOnlyList<ShownFinding> Findings, bool HasMore)
{
    /// <summary>Where the page is.</summary>
    public string Address => Head is null ? "/findings" : Links.Session(Head.Session.Key, "findings");
}

/// <summary>A finding with what it is about.</summary>
/// <param name="Found">The finding.</param>
/// <param name="Session">Its session; null: it is not recorded.</param>
/// <param name="Call">Its call; null: it is about none, or that is not recorded.</param>
public sealed record ShownFinding(PluginFinding Found, RecordedSession? Session, long? Call)
{
    /// <summary>How much it matters, in a word.</summary>
    public string Severity => Found.Plugin == PluginFindings.Analytics ? "unusual" : Found.Severity.ToString().ToLowerInvariant();

    /// <summary>When it was found.</summary>
    public string Time => Units.Time(Found.Time);

    /// <summary>The style of its mark.</summary>
    public static string MarkClass(PluginFinding found)
    {
        ArgumentNullException.ThrowIfNull(found);
        return found.Severity == Kilometers.Definitions.Severity.High ? "mark bad" : "mark warn";
    }

    /// <summary>The mark of a call that several things were found with: the worst of them, and how many more there are.</summary>
    public static (PluginFinding Worst, string More) Mark(IEnumerable<PluginFinding> found)
    {
        var all = found.OrderByDescending(one => one.Severity).ThenBy(one => one.Code, StringComparer.Ordinal).ToList();
        return (all[0], all.Count > 1 ? $" +{all.Count - 1}" : "");
    }
}
