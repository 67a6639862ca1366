using System.Text.Json;
using Kilometers.GuardBench.Corpus;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.GuardBench.Training;

/// <summary>What the model learns from: a definition's texts, or the text of a result.</summary>
/// <param name="Source">The family of templates, the server, or the package it is from: what is left out together.</param>
/// <param name="Template">What it was made from, within its source: such texts are as good as one.</param>
/// <param name="Attack">Whether it has orders against the user.</param>
/// <param name="IsResult">Whether it is the text of a result.</param>
/// <param name="Texts">The texts.</param>
internal sealed record TrainingText(string Source, int Template, bool Attack, bool IsResult, string[] Texts)
{
    private const int PerAttack = 10;
    private const int PerGood = 6;

    /// <summary>Whether somebody wrote it to train the model; else it is of a real server or package.</summary>
    public bool IsWritten => Attack || Source.StartsWith("good-", StringComparison.Ordinal);

    /// <summary>Everything in the folder of training texts. The same seed gives the same.</summary>
    public static List<TrainingText> Read(string folder, int seed)
    {
        var random = new Random(seed);
        var texts = new List<TrainingText>();
        foreach (var (name, attack, count) in ((string, bool, int)[])[("attacks.txt", true, PerAttack), ("good.txt", false, PerGood)])
        {
            var file = new TemplateFile(Path.Combine(folder, name));
            foreach (var family in file.Families)
            {
                if (family.Attack != attack)
                    throw new InvalidDataException($"{name} has a family of the other kind: {family.Name}");
                texts.AddRange(
                    from template in family.Templates.Index()
                    let begins = !attack && family.Place == "definition" ? "{{$base} |}" : ""
                    from text in Enumerable
                        .Range(0, count * 2)
                        .Select(_ => file.Fill(begins + template.Item, random))
                        .Distinct()
                        .Take(count)
                    select new TrainingText(
                        attack ? family.Name : $"good-{family.Name}",
                        template.Index,
                        attack,
                        family.Place == "result",
                        [HiddenCharacters.Strip(text)]
                    )
                );
            }
        }

        foreach (var (name, isResult) in ((string, bool)[])[("servers.jsonl", false), ("texts.jsonl", true)])
        foreach (var line in File.ReadLines(Path.Combine(folder, name)))
        {
            var real = JsonSerializer.Deserialize<RealText>(line, JsonSerializerOptions.Web)!;
            texts.Add(new(real.Source, texts.Count, false, isResult, [.. real.Texts.Select(HiddenCharacters.Strip)]));
        }

        return texts;
    }

    private sealed record RealText(string Source, string[] Texts);
}
