using Kilometers.Files;
using Kilometers.Rules;
using Kilometers.Rules.Reading;

namespace Kilometers.Plugins.Guard.Policy;

/// <summary>The rules that are in force, and what is wrong with the file, if something is.</summary>
/// <param name="Rules">The rules.</param>
/// <param name="Fault">What is wrong; null: nothing.</param>
/// <param name="AreKnown">False where the file could not be used from the beginning on: then nobody knows what it wants.</param>
internal sealed record RulesInForce(RuleSet Rules, string? Fault, bool AreKnown = true);

/// <summary>
/// The file <c>guard.json</c> that <c>km guard use</c> puts into the plugin's folder. A change counts at once for all sessions; a file that
/// is not valid leaves the rules that were there. Safe to use from several threads.
/// </summary>
/// <param name="folder">The plugin's folder.</param>
/// <param name="time">The clock.</param>
internal sealed class InstalledRules(string folder, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly string _file = Path.Combine(folder, RuleFile.Name);
    private readonly Lock _gate = new();
    private RulesInForce _current = new(RuleSet.Empty, null, AreKnown: false);
    private (DateTime Changed, long Length) _seen;
    private long? _looked;

    /// <summary>What is in force now. The file is looked at once a second at most.</summary>
    public RulesInForce Current
    {
        get
        {
            lock (_gate)
            {
                return _looked is { } looked && time.GetElapsedTime(looked) < Interval ? _current : Look();
            }
        }
    }

    /// <summary>What is in force, as the file is at this moment.</summary>
    public RulesInForce Look()
    {
        lock (_gate)
        {
            _looked = time.GetTimestamp();
            return _current = Read();
        }
    }

    private RulesInForce Read()
    {
        try
        {
            var file = new FileInfo(_file);
            if (!file.Exists)
            {
                _seen = default;
                return _current is { Rules.Rules.Count: 0, Fault: null, AreKnown: true } ? _current : new(RuleSet.Empty, null);
            }

            if ((file.LastWriteTimeUtc, file.Length) is var now && now == _seen)
                return _current;
            var read = RuleFile.Read(PrivateFile.ReadAll(_file, RuleFile.MaxBytes + 1));
            _seen = now;
            return read.Rules is { } rules
                ? new(rules, null)
                : _current with
                {
                    Fault = FormattableString.Invariant($"line {read.Mistakes[0].Line}: {read.Mistakes[0].Message}"),
                };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return _current.Fault == e.Message ? _current : _current with { Fault = e.Message };
        }
    }
}
