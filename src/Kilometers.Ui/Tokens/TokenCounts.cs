using System.Collections.Concurrent;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Ui.Recorded;

namespace Kilometers.Ui.Tokens;

/// <summary>
/// The tokens of definitions. A page does not wait for them: what is not known yet is counted in the background, and pages are told to load
/// again when it is.
/// </summary>
/// <param name="files">Readers of the file.</param>
/// <param name="report">Called when more is known.</param>
internal sealed class TokenCounts(ReaderPool files, Action report)
{
    private const int MaxKnown = 50_000;

    private readonly ConcurrentDictionary<string, int> _known = new(StringComparer.Ordinal);
    private int _isCounting;

    /// <summary>The tokens of those that are known, by the definition's row.</summary>
    public IReadOnlyDictionary<long, int> Of(IReadOnlyCollection<DefinitionVersion> definitions)
    {
        var known = new Dictionary<long, int>();
        foreach (var definition in definitions)
            if (_known.TryGetValue(definition.Hash, out var tokens))
                known[definition.Id] = tokens;
        if (known.Count < definitions.Count && Interlocked.Exchange(ref _isCounting, 1) == 0)
            _ = CountAsync([.. definitions.Select(definition => definition.Hash).Where(hash => !_known.ContainsKey(hash))]);
        return known;
    }

    private async Task CountAsync(HashSet<string> hashes)
    {
        try
        {
            var contents = await files
                .UseAsync(
                    reader => DefinitionHistory.AllWithContent(reader).Where(definition => hashes.Contains(definition.Hash)).ToList(),
                    CancellationToken.None
                )
                .ConfigureAwait(false);
            if (contents.Count is 0 or > MaxKnown)
                return;
            if (_known.Count + contents.Count > MaxKnown)
                _known.Clear();
            var counter = new TokenCounter();
            foreach (var definition in contents)
                _known[definition.Hash] = counter.Count(definition.Content ?? "");
            report();
        }
        catch (RecordingException)
        {
            // The page that is loaded next tries again.
        }
        finally
        {
            Volatile.Write(ref _isCounting, 0);
        }
    }
}
