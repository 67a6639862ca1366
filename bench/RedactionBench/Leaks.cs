using System.Text;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.RedactionBench.Corpus;

namespace Kilometers.RedactionBench;

/// <summary>How many of the generated secrets are still readable after masking.</summary>
internal static class Leaks
{
    /// <param name="seed">What the values are made of.</param>
    /// <param name="rounds">How often each form is used.</param>
    /// <param name="show">Which leaks go to stderr: those of a family of forms, "all", or "none".</param>
    public static void Measure(int seed, int rounds, string show)
    {
        var redactor = new Redactor();
        var counts = new SortedDictionary<string, (int Leaks, int Samples)>(StringComparer.Ordinal);
        foreach (var sample in CorpusGenerator.Generate(seed, rounds))
        {
            var redacted = redactor.Redact(sample.Message);
            var leaks = LeakCheck.Leaks(redacted.Span, sample.Secret) && !IsElsewhere(sample);
            foreach (var key in new[] { "all", sample.Family })
            {
                counts.TryGetValue(key, out var count);
                counts[key] = (count.Leaks + (leaks ? 1 : 0), count.Samples + 1);
            }
            if (leaks && (show == "all" || show == sample.Family))
                Console.Error.WriteLine($"{sample.Family} | {sample.Form} | {sample.Secret}\n    {Encoding.UTF8.GetString(redacted.Span)}");
        }
        foreach (var (key, (leaks, samples)) in counts)
            Console.WriteLine($"{{\"kind\":\"{key}\",\"leaks\":{leaks},\"samples\":{samples},\"percent\":{100.0 * leaks / samples:0.00}}}");
    }

    /// <summary>Whether half of the secret happens to be in the text around it, too, which has other words of the same few: then it tells nothing.</summary>
    private static bool IsElsewhere(Sample sample)
    {
        var text = Encoding.UTF8.GetString(sample.Message);
        return text.Contains(sample.Secret, StringComparison.Ordinal)
            && LeakCheck.Leaks(Encoding.UTF8.GetBytes(text.Replace(sample.Secret, "***", StringComparison.Ordinal)), sample.Secret);
    }
}
