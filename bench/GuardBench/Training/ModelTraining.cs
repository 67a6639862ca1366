using Kilometers.Plugins.Guard.Text;

namespace Kilometers.GuardBench.Training;

/// <summary>Makes the model of instructions, and says what it finds of what it was not trained on.</summary>
internal static class ModelTraining
{
    private const int Seed = 20261130;
    private const int Folds = 6;

    /// <summary>Of texts of real servers and packages that it was not trained on, at most so many may be taken for orders.</summary>
    private const double MaxWrong = 0.005;

    /// <summary>The same of what was written to be hard: more, since no template like it was left to be trained on.</summary>
    private const double MaxWrongWritten = 0.02;

    /// <summary>Trains with all texts; the thresholds are chosen by what it was not trained on.</summary>
    /// <param name="folder">The texts.</param>
    /// <param name="output">The file of the model; null: only says what it finds of sources that were left out whole.</param>
    public static void Run(string folder, string? output)
    {
        var concepts = new ConceptTable();
        var examples = new Trainer(concepts).Read(TrainingText.Read(folder, Seed));
        var scores = LeftOut(concepts, examples, byTemplate: output is not null);
        var definitions = Threshold(scores, isResult: false);
        var results = Threshold(scores, isResult: true);
        Print(scores, definitions, results);
        if (output is null)
            return;
        var trainer = new Trainer(concepts);
        trainer.Train(examples);
        File.WriteAllBytes(output, trainer.Write(definitions, results));
    }

    /// <summary>Each example's score by a model that was trained without its source.</summary>
    private static List<(TrainingText Text, float Score)> LeftOut(ConceptTable concepts, List<Trainer.Example> examples, bool byTemplate)
    {
        // A language is one source: its orders, and its results. Templates are left out in turn, or whole sources.
        static string Source(TrainingText text) =>
            text.Source.Replace("-results", "", StringComparison.Ordinal).Replace("-more", "", StringComparison.Ordinal);
        var sources = examples.Select(one => Source(one.Text)).Distinct().Order(StringComparer.Ordinal).ToList();
        var count = byTemplate ? Folds : sources.Count;
        int PartOf(TrainingText text) =>
            byTemplate && text.IsWritten ? text.Template % count
            : byTemplate ? text.Source.Sum(letter => letter) % count
            : sources.IndexOf(Source(text));
        var parts = examples.GroupBy(one => PartOf(one.Text)).OrderBy(part => part.Key).ToList();
        var scores = new List<(TrainingText, float)>[parts.Count];
        Parallel.For(0, parts.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, at =>
        {
            var left = parts[at].ToHashSet();
            var trainer = new Trainer(concepts);
            trainer.Train([.. examples.Where(one => !left.Contains(one))]);
            scores[at] = [.. parts[at].Select(one => (one.Text, trainer.Score(one)))];
        });
        return [.. scores.SelectMany(one => one)];
    }

    /// <summary>Above enough of what is good: of real servers and packages, and of what was written to be mistaken for orders.</summary>
    private static float Threshold(List<(TrainingText Text, float Score)> scores, bool isResult)
    {
        var good = scores
            .Where(one => !one.Text.Attack && one.Text.IsResult == isResult)
            .ToLookup(one => one.Text.IsWritten, one => one.Score);
        static float Above(IEnumerable<float> scores, double share)
        {
            var falling = scores.OrderDescending().ToList();
            return falling[(int)(falling.Count * share)];
        }

        return MathF.Max(Above(good[false], MaxWrong), Above(good[true], MaxWrongWritten)) + 0.01f;
    }

    private static void Print(List<(TrainingText Text, float Score)> scores, float definitions, float results)
    {
        bool IsFound((TrainingText Text, float Score) one) => one.Score >= (one.Text.IsResult ? results : definitions);
        foreach (var isResult in (bool[])[false, true])
        {
            var here = scores.Where(one => one.Text.IsResult == isResult).ToList();
            foreach (var family in here.Where(one => one.Text.Attack).GroupBy(one => one.Text.Source))
                Write("left-out", family.Key, family.Count(), family.Count(IsFound), 0, 0);
            var attacks = here.Where(one => one.Text.Attack).ToList();
            var good = here.Where(one => !one.Text.Attack).ToList();
            Write(
                "left-out",
                isResult ? "all results" : "all definitions",
                attacks.Count,
                attacks.Count(IsFound),
                good.Count,
                good.Count(IsFound)
            );
        }

        Console.WriteLine(
            FormattableString.Invariant($"{{\"kind\":\"thresholds\",\"definitions\":{definitions:0.00},\"results\":{results:0.00}}}")
        );
    }

    private static void Write(string kind, string name, int attacks, int found, int fair, int wrong) =>
        Console.WriteLine(
            FormattableString.Invariant(
                $"{{\"kind\":\"{kind}\",\"name\":\"{name}\",\"attacks\":{attacks},\"found\":{found},\"fair\":{fair},\"wrong\":{wrong}}}"
            )
        );
}
