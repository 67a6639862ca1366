using System.Globalization;
using System.Text.Json;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.GuardBench.Corpus;

/// <summary>
/// Leave one family out: a rule that matches the attacks of one family alone could not have been written without that family. Each family is
/// searched with the rules that are left without it, so that a rule that only knows its own examples counts nothing.
/// </summary>
internal static class FamilyHoldOut
{
    public static void Print(string folder)
    {
        var labels = File.ReadLines(Path.Combine(folder, "labels.tsv")).Select(line => line.Split('\t')).ToDictionary(cells => cells[0]);
        var attacks = File.ReadLines(Path.Combine(folder, "cases.jsonl"))
            .Select(line => JsonSerializer.Deserialize<GeneratedCase>(line)!)
            .Where(one => labels[one.Id] is [_, var group, _, "attack"] && group.StartsWith("text ", StringComparison.Ordinal))
            .Select(one => (Family: labels[one.Id][2], Text: one.Place == "definition" ? TextOf(one.Parts[0]) : one.Parts[0]))
            .ToList();
        var support = Resource
            .Lines(InstructionRules.Table)
            .Select(line =>
            {
                var one = new InstructionRules([line]);
                return (Line: line, Families: attacks.Where(attack => IsIn(one, attack.Text)).Select(attack => attack.Family).ToHashSet());
            })
            .ToList();
        var (all, found) = (0, 0);
        foreach (var family in attacks.GroupBy(attack => attack.Family))
        {
            var left = new InstructionRules(
                support.Where(rule => !(rule.Families.Count == 1 && rule.Families.Contains(family.Key))).Select(rule => rule.Line)
            );
            var count = family.Count(attack => left.Match(HiddenCharacters.Strip(attack.Text)) is not null);
            (all, found) = (all + family.Count(), found + count);
            Write(family.Key, family.Count(), count);
        }

        Write("all", all, found);
    }

    private static bool IsIn(InstructionRules one, string text) => one.Mentions(HiddenCharacters.Strip(text));

    private static string TextOf(string tool)
    {
        using var json = JsonDocument.Parse(tool);
        return json.RootElement.GetProperty("description").GetString()!;
    }

    private static void Write(string family, int attacks, int found) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"kind\":\"left-out\",\"name\":\"{family}\",\"attacks\":{attacks},\"found\":{found}}}"
            )
        );
}
