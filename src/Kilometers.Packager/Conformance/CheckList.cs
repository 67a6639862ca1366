namespace Kilometers.Packager.Conformance;

/// <summary>Runs checks one after the other, times them and keeps their results.</summary>
internal sealed class CheckList
{
    private readonly List<CheckResult> _results = [];
    private readonly TimeProvider _time;
    private readonly Action<string> _beginning;

    /// <param name="time">The clock.</param>
    /// <param name="beginning">Called with the title of each check before it begins.</param>
    public CheckList(TimeProvider time, Action<string> beginning)
    {
        _time = time;
        _beginning = beginning;
    }

    /// <summary>All results so far, in their order.</summary>
    public IReadOnlyList<CheckResult> Results => _results;

    /// <summary>Runs a check. What it throws is for the caller: a check explains itself what went wrong with the plugin.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="contract">The contract's version; 0: any.</param>
    /// <param name="check">The check.</param>
    /// <returns>Whether it passed.</returns>
    public async Task<bool> RunAsync(string name, int contract, Func<Task<Finding>> check)
    {
        _beginning(contract == 0 ? name : $"{name} v{contract}");
        var start = _time.GetTimestamp();
        var finding = await check().ConfigureAwait(false);
        Add(name, contract, finding, _time.GetElapsedTime(start));
        return finding.Outcome == CheckOutcome.Passed;
    }

    /// <summary>Adds the result of a check that needed no time of its own.</summary>
    public void Add(string name, int contract, Finding finding, TimeSpan duration = default) =>
        _results.Add(Create(name, contract, finding, duration));

    /// <summary>Adds the result of a check that was found by the way, at its place in the order of things.</summary>
    public void Insert(int index, string name, Finding finding) => _results.Insert(index, Create(name, 0, finding, default));

    /// <summary>Adds checks that cannot be made.</summary>
    public void Skip(int contract, string why, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            Add(name, contract, Finding.Skip(why));
    }

    private static CheckResult Create(string name, int contract, Finding finding, TimeSpan duration) =>
        new()
        {
            Name = name,
            Contract = contract,
            Outcome = finding.Outcome,
            Seen = finding.Seen,
            Details = finding.Details ?? [],
            Duration = duration,
        };
}
