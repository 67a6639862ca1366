using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Definitions;

/// <summary>
/// The tools of all servers whose sessions run now: a model that has two of them sees the tools of both. Safe to use from several threads.
/// </summary>
internal sealed class LiveServers
{
    /// <summary>Names are compared in pairs, so their number is bounded.</summary>
    private const int MaxNames = 300;

    private const int MaxShown = 5;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Tools> _sessions = [];

    /// <summary>Notes the tools of a session's server, and compares them with those of the other servers.</summary>
    /// <param name="session">The session.</param>
    /// <param name="server">What identifies its server.</param>
    /// <param name="label">What people call it.</param>
    /// <param name="names">The names of its tools.</param>
    public IReadOnlyList<Finding> Enter(string session, string server, string label, IEnumerable<string> names)
    {
        var own = new Tools(server, label, [.. names.Distinct(StringComparer.Ordinal).Take(MaxNames)]);
        Tools[] others;
        lock (_gate)
        {
            _sessions[session] = own;
            others = [.. _sessions.Values.Where(one => one.Server != server).DistinctBy(one => one.Server)];
        }

        return [.. others.SelectMany(other => Compare(own, other))];
    }

    /// <summary>The session has ended.</summary>
    public void Leave(string session)
    {
        lock (_gate)
            _sessions.Remove(session);
    }

    private static IEnumerable<Finding> Compare(Tools own, Tools other)
    {
        var theirs = other.Names.ToHashSet(StringComparer.Ordinal);
        var same = own.Names.Where(theirs.Contains).ToList();
        if (same.Count > 0)
            yield return new Finding
            {
                Code = ErrorCode.GuardSameName,
                Severity = Severity.Medium,
                Subject = $"server '{own.Label}'",
                Summary = $"has tools with the same names as those of server '{other.Label}': a model may call the wrong one",
                Evidence = VisibleText.Of(Shown(same)),
                Advice = "Give one of the servers a prefix in your client, or use only one of them.",
            };
        var alike = (
            from name in own.Names
            where !theirs.Contains(name)
            from their in other.Names
            where LookAlikeNames.Compare(name, their) is not null
            select (name, their, how: LookAlikeNames.Compare(name, their)!)
        )
            .Take(MaxShown)
            .ToList();
        foreach (var (name, their, how) in alike)
            yield return new Finding
            {
                Code = ErrorCode.GuardLookAlike,
                Severity = how == LookAlikeNames.Same ? Severity.High : Severity.Medium,
                Subject = $"tool '{name}'",
                Summary = $"has a name that {how} that of tool '{VisibleText.Of(their)}' of server '{other.Label}'",
                Evidence = $"{VisibleText.Of(name)} / {VisibleText.Of(their)}",
                Advice = "Make sure that you know who wrote both servers.",
            };
    }

    private static string Shown(List<string> names) =>
        string.Join(", ", names.Take(MaxShown))
        + (names.Count > MaxShown ? FormattableString.Invariant($" and {names.Count - MaxShown} more") : "");

    private sealed record Tools(string Server, string Label, IReadOnlyList<string> Names);
}
