using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.RedactionBench.Corpus;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

/// <summary>The bench's corpus (bench/RedactionBench): messages with a secret in every form that we could think of.</summary>
public sealed class SecretCorpusTests
{
    private const int Seed = 20261129;

    [Fact]
    public void Redact_Corpus_LeaksAtMostTwoPercent()
    {
        // Of forms that no rule was made for, more do: they are measured and not promised.
        var samples = CorpusGenerator.Generate(Seed, rounds: 2).Where(static sample => sample.Family != "unseen").ToList();
        var leaks = samples.Where(static sample => LeakCheck.Leaks(new Redactor().Redact(sample.Message).Span, sample.Secret)).ToList();
        Assert.True(
            leaks.Count * 50 <= samples.Count,
            $"{leaks.Count} of {samples.Count}: {string.Join(", ", leaks.Select(static sample => sample.Form).Distinct())}"
        );
    }

    [Fact]
    public void Redact_Corpus_StaysJson()
    {
        foreach (var sample in CorpusGenerator.Generate(Seed, rounds: 1))
            JsonDocument.Parse(new Redactor().Redact(sample.Message)).Dispose();
    }

    [Fact]
    public void Redact_CorpusCutOffOrDamaged_NeverThrows()
    {
        var samples = CorpusGenerator.Generate(Seed, rounds: 1).ToArray();
        Gen.Select(Gen.Int[0, samples.Length - 1], Gen.Int[0, 10_000], Gen.Byte, Gen.Bool)
            .Sample(
                (index, place, value, cut) =>
                {
                    var message = samples[index].Message.ToArray();
                    place %= message.Length;
                    if (cut)
                        message = message[..place];
                    else
                        message[place] = value;
                    var redactor = new Redactor();
                    Assert.NotNull(SecretMasker.Redact(Encoding.Latin1.GetString(message)));
                    return redactor.Redact(message).Length >= 0;
                },
                iter: 2000
            );
    }

    [Fact]
    public void Redact_DeepNesting_NeverThrows()
    {
        foreach (var unit in new[] { "[", "{\"a\":", "[{\"name\":\"token\",\"value\":[" })
        {
            var message = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 5000)));
            Assert.NotEqual(0, new Redactor().Redact(message).Length);
        }
    }
}
