using System.Numerics;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.GuardBench.Training;

/// <summary>
/// Logistic regression, by stochastic gradient descent with steps of their own for each weight (AdaGrad). Of a text with orders, the sentences
/// that most read like them are the example; of any other, all are.
/// </summary>
/// <param name="concepts">What words are about.</param>
internal sealed class Trainer(ConceptTable concepts)
{
    private const int Epochs = 14;
    private const int Seed = 20261130;
    private const double Dropped = 0.25f;
    private const float Rate = 0.15f;
    private const float Decay = 0.004f;
    private const float RealWeight = 0.25f;
    private const float GoodWeight = 0.7f;
    private const float AttackWeight = 2;

    /// <summary>A word counts if it is in as many sources: others are those of one template, of one server.</summary>
    private const int MinAttackSources = 2;

    private const int MinOtherSources = 4;

    private readonly float[] _words = new float[1 << InstructionModel.TableBits];
    private readonly float[] _pairs = new float[InstructionModel.PairCount];
    private float _bias = -2;

    /// <summary>Some sentences in a row, as they are looked at.</summary>
    internal sealed record Part(int[] Words, int[] Pairs, float Share, int Tokens);

    /// <summary>A text, as its parts.</summary>
    internal sealed record Example(TrainingText Text, Part[] Parts);

    public byte[] Write(float definitions, float results) => InstructionModel.Write(_bias, _words, _pairs, definitions, results);

    /// <summary>The texts as numbers.</summary>
    public List<Example> Read(IEnumerable<TrainingText> texts) =>
        [
            .. texts
                .Select(text => new Example(text, [.. text.Texts.SelectMany(one => PartsOf(one, text.IsResult ? ConceptTable.Result : 0))]))
                .Where(example => example.Parts.Length > 0),
        ];

    public void Train(IReadOnlyList<Example> examples)
    {
        var random = new Random(Seed);
        var isKnown = Known(examples);
        var perTemplate = examples
            .Where(example => example.Text.Attack)
            .GroupBy(example => (example.Text.Source, example.Text.Template))
            .ToDictionary(group => group.Key, group => 1f / group.Count());
        var wordSums = new float[_words.Length];
        var pairSums = new float[_pairs.Length];
        var biasSum = 0f;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var steps = new List<(Part Part, float Target, float Weight)>();
            foreach (var example in examples)
            {
                if (example.Text.Attack)
                {
                    var weight = perTemplate[(example.Text.Source, example.Text.Template)] * AttackWeight;
                    var part =
                        epoch < 2 ? example.Parts.MaxBy(part => part.Tokens)!
                        : random.NextDouble() < 0.3 ? example.Parts[random.Next(example.Parts.Length)]
                        : example.Parts.MaxBy(Score)!;
                    // A short part of an attack may be an ordinary sentence.
                    steps.Add((part, 1, part.Tokens < 6 ? weight * 0.2f : weight));
                }
                else
                {
                    var weight = example.Text.Source.StartsWith("good-", StringComparison.Ordinal) ? GoodWeight : RealWeight;
                    foreach (var part in example.Parts)
                        steps.Add((part, 0, weight));
                }
            }

            var order = steps.ToArray();
            random.Shuffle(order);
            foreach (var (part, target, weight) in order)
            {
                var kept = new List<int>(part.Words.Length);
                foreach (var word in part.Words)
                    if (isKnown[word] && random.NextDouble() >= Dropped)
                        kept.Add(word);
                var score = _bias;
                var share = part.Share / (float)(1 - Dropped);
                foreach (var word in kept)
                    score += _words[word] * share;
                foreach (var pair in part.Pairs)
                    score += _pairs[pair];
                var gradient = ((1f / (1f + MathF.Exp(-score))) - target) * weight;
                if (MathF.Abs(gradient) < 1e-4f)
                    continue;
                foreach (var word in kept)
                    Step(ref _words[word], ref wordSums[word], (gradient * share) + (Decay * weight * 0.05f * _words[word]), Rate * 3);
                foreach (var pair in part.Pairs)
                    Step(ref _pairs[pair], ref pairSums[pair], gradient + (Decay * weight * _pairs[pair]), Rate * 0.4f);
                Step(ref _bias, ref biasSum, gradient, Rate);
            }
        }
    }

    public float Score(Part part)
    {
        var sum = 0f;
        foreach (var word in part.Words)
            sum += _words[word];
        sum = _bias + (sum * part.Share);
        foreach (var pair in part.Pairs)
            sum += _pairs[pair];
        return sum;
    }

    /// <summary>The score of the part that most reads like orders.</summary>
    public float Score(Example example) => example.Parts.Max(Score);

    private static void Step(ref float weight, ref float sum, float gradient, float rate)
    {
        sum += gradient * gradient;
        weight -= rate * gradient / (MathF.Sqrt(sum) + 0.05f);
    }

    /// <summary>The words that more than a few sources have.</summary>
    private static bool[] Known(IReadOnlyList<Example> examples)
    {
        var attacks = new HashSet<string>?[1 << InstructionModel.TableBits];
        var others = new HashSet<string>?[1 << InstructionModel.TableBits];
        foreach (var example in examples)
        {
            var into = example.Text.Attack ? attacks : others;
            foreach (var word in example.Parts.SelectMany(part => part.Words).Distinct())
                (into[word] ??= []).Add(example.Text.Source);
        }

        return [.. attacks.Zip(others, (attack, other) => attack?.Count >= MinAttackSources || other?.Count >= MinOtherSources)];
    }

    private List<Part> PartsOf(string text, ulong origin)
    {
        var sentences = new List<(int[] Words, int Tokens, ulong Concepts)>();
        var reader = new SentenceReader(concepts, text);
        var sentence = new Sentence();
        while (reader.Read(sentence))
            sentences.Add((sentence.Features.ToArray(), sentence.Tokens, sentence.Concepts));
        var parts = new List<Part>();
        for (var end = 0; end < sentences.Count; end++)
        for (var count = 1; count <= InstructionModel.Window && count <= end + 1; count++)
        {
            var range = sentences.GetRange(end - count + 1, count);
            var tokens = range.Sum(one => one.Tokens);
            if (tokens < InstructionModel.MinTokens)
                continue;
            parts.Add(
                new(
                    [.. range.SelectMany(one => one.Words)],
                    [.. PairsOf(range.Aggregate(origin, (about, one) => about | one.Concepts))],
                    InstructionModel.Share(tokens),
                    tokens
                )
            );
        }

        return parts;
    }

    private static List<int> PairsOf(ulong about)
    {
        var pairs = new List<int>();
        for (; about != 0; about &= about - 1)
        for (var rest = about; rest != 0; rest &= rest - 1)
            pairs.Add(InstructionModel.PairOf(BitOperations.TrailingZeroCount(about), BitOperations.TrailingZeroCount(rest)));
        return pairs;
    }
}
