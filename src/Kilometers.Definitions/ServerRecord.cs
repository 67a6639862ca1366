namespace Kilometers.Definitions;

/// <summary>Everything that is kept of one server. Not safe to use from several threads: see <see cref="ServerRecords.Update"/>.</summary>
public sealed class ServerRecord
{
    /// <summary>Entries of the history that are kept; the oldest go first.</summary>
    public const int MaxHistory = 500;

    /// <summary>Findings that are kept; those that were found longest ago go first.</summary>
    public const int MaxFindings = 300;

    /// <summary>Definitions that are kept. A server with more is compared all the same; what is beyond counts as added each time.</summary>
    public const int MaxDefinitions = 5000;

    /// <summary>The version of the format.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Identifies the server: the name of its file.</summary>
    public required string Key { get; init; }

    /// <summary>What the user calls it, else its command's name.</summary>
    public required string Label { get; init; }

    /// <summary>Its command line, secrets masked.</summary>
    public required string Command { get; init; }

    /// <summary>When it was first seen.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it was last seen.</summary>
    public required DateTimeOffset LastSeen { get; set; }

    /// <summary>The kinds of which a list was seen: from then on, a new definition is a change.</summary>
    public List<DefinitionKind> Kinds { get; init; } = [];

    /// <summary>The definitions.</summary>
    public List<PinnedDefinition> Definitions { get; init; } = [];

    /// <summary>What happened, the oldest first.</summary>
    public List<HistoryEntry> History { get; init; } = [];

    /// <summary>What was found, in the order in which it was first found.</summary>
    public List<Finding> Findings { get; init; } = [];

    /// <summary>What the server changed and nobody approved.</summary>
    public IEnumerable<DefinitionChange> Pending => Definitions.SelectMany(definition => definition.Changes);

    /// <summary>Takes in what the server listed.</summary>
    /// <param name="list">The list.</param>
    /// <param name="session">The session that saw it.</param>
    /// <param name="now">The time.</param>
    /// <returns>What differs from what was approved.</returns>
    public IReadOnlyList<DefinitionChange> Observe(DefinitionList list, string session, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(list);
        var isFirst = !Kinds.Contains(list.Kind);
        if (isFirst)
        {
            Kinds.Add(list.Kind);
            Add(
                new HistoryEntry
                {
                    Time = now,
                    Event = HistoryEvent.Pinned,
                    Session = session,
                    Kind = list.Kind,
                    Count = list.Definitions.Count,
                }
            );
        }

        var known = Definitions.Where(one => one.Kind == list.Kind).ToDictionary(one => one.Name, StringComparer.Ordinal);
        var differing = new List<DefinitionChange>();
        foreach (var sent in list.Definitions)
        {
            if (!known.Remove(sent.Name, out var pinned))
            {
                pinned = new PinnedDefinition
                {
                    Kind = list.Kind,
                    Name = sent.Name,
                    FirstSeen = now,
                };
                if (Definitions.Count < MaxDefinitions)
                    Definitions.Add(pinned);
            }

            var before = pinned.Latest;
            pinned.IsGone = false;
            if (pinned.Approved is null && (isFirst || ComesAndGoes(list.Kind)))
                pinned.Approved = sent.Fields;
            pinned.Pending = pinned.Approved is { } approved && Definition.AreSame(approved, sent.Fields) ? null : sent.Fields;
            if (!isFirst)
                Note(pinned, before, session, now);
            differing.AddRange(pinned.Changes);
        }

        if (list.IsComplete)
            foreach (var missing in known.Values)
                differing.AddRange(Gone(missing, session, now));
        return differing;
    }

    /// <summary>Makes what the server sends now the approved state.</summary>
    /// <param name="now">The time.</param>
    /// <returns>What was approved.</returns>
    public IReadOnlyList<DefinitionChange> Approve(DateTimeOffset now)
    {
        var changes = Pending.ToList();
        if (changes.Count == 0)
            return changes;
        Definitions.RemoveAll(definition => definition.IsGone);
        foreach (var definition in Definitions)
            (definition.Approved, definition.Pending) = (definition.Latest, null);
        Add(
            new HistoryEntry
            {
                Time = now,
                Event = HistoryEvent.Approved,
                Count = changes.Count,
            }
        );
        return changes;
    }

    /// <summary>Keeps a finding, or that it was found again.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="session">The session that found it.</param>
    /// <param name="now">The time.</param>
    public void Keep(Finding finding, string session, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(finding);
        var index = Findings.FindIndex(finding.IsSameAs);
        if (index >= 0)
        {
            Findings[index] = Findings[index].Again(session, finding.Call, now);
            return;
        }

        if (Findings.Count >= MaxFindings && Findings.MinBy(one => one.LastSeen) is { } oldest)
            Findings.Remove(oldest);
        Findings.Add((finding with { FirstSeen = now, Session = null, Sessions = 0, Seen = null }).Again(session, finding.Call, now));
    }

    /// <summary>Resources are content, too: a file that appears or is deleted does not change what the server is.</summary>
    private static bool ComesAndGoes(DefinitionKind kind) => kind == DefinitionKind.Resource;

    private IReadOnlyList<DefinitionChange> Gone(PinnedDefinition missing, string session, DateTimeOffset now)
    {
        var before = missing.Latest;
        missing.IsGone = true;
        Note(missing, before, session, now);
        if (missing.Approved is null || ComesAndGoes(missing.Kind))
        {
            Definitions.Remove(missing);
            return [];
        }

        missing.Pending = null;
        return missing.Changes;
    }

    private void Note(PinnedDefinition definition, SortedDictionary<string, DefinitionField>? before, string session, DateTimeOffset now)
    {
        foreach (var change in DefinitionChange.Between(definition.Kind, definition.Name, before, definition.Latest))
            Add(
                new HistoryEntry
                {
                    Time = now,
                    Event = HistoryEvent.Changed,
                    Session = session,
                    Change = change,
                }
            );
    }

    private void Add(HistoryEntry entry)
    {
        History.Add(entry);
        if (History.Count > MaxHistory)
            History.RemoveRange(0, History.Count - MaxHistory);
    }
}
