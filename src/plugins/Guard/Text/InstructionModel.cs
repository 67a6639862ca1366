using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>A part of a text that reads like orders to a model.</summary>
/// <param name="Score">How much: 0 is where both are as likely, each whole number is a factor of about three.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How long it is.</param>
internal readonly record struct ModelMatch(float Score, int Start, int Length);

/// <summary>
/// Tells orders to a model from descriptions and other content, by the sum of the weights of words, pairs of words, and what they are about
/// (<see cref="ConceptTable"/>), in up to three sentences in a row. The weights are learned, see <c>bench/GuardBench/Training</c>; here they
/// are only added.
/// </summary>
internal sealed class InstructionModel
{
    /// <summary>The weights.</summary>
    public const string File = "instruction-model.bin";

    /// <summary>Places in the table of weights, as a power of two.</summary>
    public const int TableBits = 17;

    /// <summary>Classes of words, and their pairs.</summary>
    public const int PairCount = 64 * 64;

    /// <summary>Sentences that are looked at together.</summary>
    public const int Window = 3;

    /// <summary>Texts with fewer words say nothing.</summary>
    public const int MinTokens = 4;

    /// <summary>An order is about something, for somebody: a list of mail addresses, however long, is about less.</summary>
    private const int MinConcepts = 3;

    private const int HeaderSize = 24;

    [ThreadStatic]
    private static Sentence? Reused;

    private readonly sbyte[] _words;
    private readonly sbyte[] _pairs;
    private readonly float _bias;
    private readonly float _wordScale;
    private readonly float _pairScale;

    /// <param name="concepts">What words are about.</param>
    /// <param name="data">The weights, as <see cref="Write"/> gives them; null: those of the program.</param>
    public InstructionModel(ConceptTable concepts, byte[]? data = null)
    {
        Concepts = concepts;
        data ??= Resource.Bytes(File);
        if (data.Length != HeaderSize + (1 << TableBits) + PairCount)
            throw new FormatException("The weights have another size.");
        _bias = BinaryPrimitives.ReadSingleLittleEndian(data);
        _wordScale = BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(4));
        _pairScale = BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(8));
        DefinitionThreshold = BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(12));
        ResultThreshold = BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(16));
        var weights = MemoryMarshal.Cast<byte, sbyte>(data.AsSpan(HeaderSize));
        _words = weights[..(1 << TableBits)].ToArray();
        _pairs = weights[(1 << TableBits)..].ToArray();
    }

    /// <summary>What words are about.</summary>
    public ConceptTable Concepts { get; }

    /// <summary>The score from which a definition is reported.</summary>
    public float DefinitionThreshold { get; }

    /// <summary>The score from which a result is reported. Results have more text, so more of it must speak for it.</summary>
    public float ResultThreshold { get; }

    /// <summary>How words of a window count: less, the more there are.</summary>
    public static float Share(int tokens) => 1f / MathF.Sqrt(Math.Max(tokens, 12));

    /// <summary>The place of a pair of classes; of a class with itself: the class alone.</summary>
    public static int PairOf(int one, int other) => (Math.Min(one, other) * 64) + Math.Max(one, other);

    /// <summary>The part of a text that most reads like orders.</summary>
    /// <param name="text">The text, without hidden characters.</param>
    /// <param name="isResult">Whether it is the text of a result.</param>
    public ModelMatch Best(ReadOnlySpan<char> text, bool isResult)
    {
        var origin = isResult ? ConceptTable.Result : 0;
        var best = new ModelMatch(float.NegativeInfinity, 0, 0);
        var sentence = Reused ??= new Sentence();
        sentence.Weights = _words;
        var reader = new SentenceReader(Concepts, text);
        // The last sentences: where they begin, words, their weights, and what they are about.
        Span<(int Start, int Tokens, int Weights, ulong Concepts)> last = stackalloc (int, int, int, ulong)[Window];
        var count = 0;
        while (reader.Read(sentence))
        {
            last[count++ % Window] = (sentence.Start, sentence.Tokens, sentence.Weight, sentence.Concepts);
            var (sum, tokens, about) = (0, 0, origin);
            var (pairs, paired) = (0, 0UL);
            for (var back = 1; back <= Window && back <= count; back++)
            {
                var one = last[(count - back) % Window];
                (sum, tokens, about) = (sum + one.Weights, tokens + one.Tokens, about | one.Concepts);
                if (tokens < MinTokens || BitOperations.PopCount(about & ~ConceptTable.Result) < MinConcepts)
                    continue;
                var words = _bias + (sum * _wordScale * Share(tokens));
                pairs += PairSum(about & ~paired, paired);
                paired = about;
                var score = words + (pairs * _pairScale);
                if (score > best.Score)
                    best = new(score, one.Start, sentence.End - one.Start);
            }
        }

        return best;
    }

    /// <summary>What weighed most in a part of a text: words of it, and classes of words.</summary>
    /// <param name="part">The part.</param>
    /// <param name="words">How many words.</param>
    /// <param name="subjects">How many classes.</param>
    /// <param name="name">What a class is called; null: not at all.</param>
    public (IReadOnlyList<string> Words, IReadOnlyList<string> Subjects) Explain(
        string part,
        int words,
        int subjects,
        Func<string, string?> name
    )
    {
        var weights = new SortedDictionary<int, int>();
        var about = 0UL;
        var sentence = new Sentence();
        var reader = new SentenceReader(Concepts, part);
        while (reader.Read(sentence))
        {
            about |= sentence.Concepts;
            for (var at = 0; at < sentence.Count; at++)
                weights[sentence.Places[at]] = weights.GetValueOrDefault(sentence.Places[at]) + _words[sentence.Features[at]];
        }

        var byClass = new Dictionary<int, float>();
        for (var left = about; left != 0; left &= left - 1)
        {
            var one = BitOperations.TrailingZeroCount(left);
            for (var rest = about; rest != 0; rest &= rest - 1)
            {
                var other = BitOperations.TrailingZeroCount(rest);
                byClass[one] = byClass.GetValueOrDefault(one) + (_pairs[PairOf(one, other)] * (one == other ? 1f : 0.5f));
            }
        }

        return (
            [
                .. weights
                    .OrderByDescending(pair => pair.Value)
                    .Where(pair => pair.Value > 0)
                    .Select(pair => WordAt(part, pair.Key))
                    .Where(word => word.Length > 0)
                    .Distinct(StringComparer.OrdinalIgnoreCase)
                    .Take(words),
            ],
            [
                .. byClass
                    .OrderByDescending(pair => pair.Value)
                    .Where(pair => pair.Value > 0)
                    .Select(pair => name(Concepts.Names[pair.Key]))
                    .OfType<string>()
                    .Take(subjects),
            ]
        );
    }

    /// <summary>Weights as data.</summary>
    public static byte[] Write(float bias, ReadOnlySpan<float> words, ReadOnlySpan<float> pairs, float definitions, float results)
    {
        var data = new byte[HeaderSize + words.Length + pairs.Length];
        var wordScale = ScaleOf(words);
        var pairScale = ScaleOf(pairs);
        BinaryPrimitives.WriteSingleLittleEndian(data, bias);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4), wordScale);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(8), pairScale);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(12), definitions);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(16), results);
        for (var at = 0; at < words.Length; at++)
            data[HeaderSize + at] = (byte)(sbyte)MathF.Round(words[at] / wordScale);
        for (var at = 0; at < pairs.Length; at++)
            data[HeaderSize + words.Length + at] = (byte)(sbyte)MathF.Round(pairs[at] / pairScale);
        return data;
    }

    private static float ScaleOf(ReadOnlySpan<float> weights)
    {
        var most = 1e-6f;
        foreach (var weight in weights)
            most = MathF.Max(most, MathF.Abs(weight));
        return most / 127;
    }

    /// <summary>What classes weigh with each other, and with those that are there already.</summary>
    private int PairSum(ulong added, ulong about)
    {
        var sum = 0;
        for (; added != 0; added &= added - 1)
        {
            var one = BitOperations.TrailingZeroCount(added);
            about |= 1UL << one;
            for (var rest = about; rest != 0; rest &= rest - 1)
                sum += _pairs[PairOf(one, BitOperations.TrailingZeroCount(rest))];
        }

        return sum;
    }

    private static string WordAt(string text, int start)
    {
        if (ConceptTable.IsUnspaced(text[start]))
            return text.Substring(start, Math.Min(2, text.Length - start));
        var end = start;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '\'' or '/' or '.' or '~' or '@'))
            end++;
        return text[start..end].TrimEnd('.', '/', '\'');
    }
}
