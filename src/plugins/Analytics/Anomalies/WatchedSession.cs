namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>The calls of one session, as they are watched.</summary>
/// <param name="detector">What judges them.</param>
/// <param name="key">km's own id of the session.</param>
/// <param name="server">The server's label, masked.</param>
internal sealed class WatchedSession(Detector detector, string key, string server)
{
    /// <summary>A hostile session makes up names: those of others are not watched.</summary>
    private const int MaxTools = 64;

    /// <summary>No longer name is one that people gave a tool.</summary>
    private const int MaxName = 200;

    private readonly Dictionary<string, ToolSpell> _spells = new(StringComparer.Ordinal);
    private CallSpell? _spell;
    private WatchedCall? _last;

    public string Key => key;

    public string Server => server;

    public void Add(WatchedCall call)
    {
        if (!_spells.TryGetValue(call.Tool, out var spell))
        {
            if (_spells.Count >= MaxTools || call.Tool.Length > MaxName)
                return;
            _spells[call.Tool] = spell = new ToolSpell(call.Start);
        }

        detector.Add(this, call, _last is { } last ? call.End - last.End : TimeSpan.Zero);
        spell.Add(call);
        _spell ??= new CallSpell(call.Start);
        _spell.Add(_last?.Tool, call.Tool);
        _last = call;
        if (spell.IsComplete(call.End))
        {
            _spells.Remove(call.Tool);
            detector.Add(this, call, spell);
        }

        if (!_spell.IsComplete(call.End))
            return;
        detector.Add(this, call, _spell);
        _spell = null;
    }

    /// <summary>The session has ended.</summary>
    public void End()
    {
        if (_last is not { } last)
            return;
        foreach (var (tool, spell) in _spells)
            if (spell.IsEnough)
                detector.Add(this, last with { Tool = tool }, spell);
        if (_spell is { IsEnough: true } calls)
            detector.Add(this, last, calls);
        (_last, _spell) = (null, null);
        _spells.Clear();
    }
}
