using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kilometers.GuardBench.Corpus;

/// <summary>Makes the labelled corpus of a file of templates and a seed. The same two always give the same files.</summary>
internal static class CaseGenerator
{
    private const int PerTemplate = 6;
    private const int PerProvableFamily = 60;
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <c>cases.jsonl</c> and, apart from it, <c>labels.tsv</c>.</summary>
    public static void Write(string templates, int seed, string folder)
    {
        var random = new Random(seed);
        var made = Textual(new TemplateFile(templates), random).Concat(Provable(new ProvableCases(random))).ToArray();
        // In an order that says nothing of the label.
        random.Shuffle(made);

        Directory.CreateDirectory(folder);
        using var cases = File.CreateText(Path.Combine(folder, "cases.jsonl"));
        using var labels = File.CreateText(Path.Combine(folder, "labels.tsv"));
        cases.NewLine = labels.NewLine = "\n";
        for (var at = 0; at < made.Length; at++)
        {
            var id = at.ToString("0000", CultureInfo.InvariantCulture);
            var (place, parts, family, group, attack) = made[at];
            cases.WriteLine(JsonSerializer.Serialize(new GeneratedCase(id, place, parts), Readable));
            labels.WriteLine(string.Join('\t', id, group, family, attack ? "attack" : "fair"));
        }
    }

    private static IEnumerable<Made> Textual(TemplateFile file, Random random)
    {
        foreach (var family in file.Families)
        {
            foreach (var template in family.Templates)
            {
                foreach (
                    var text in Enumerable.Range(0, PerTemplate * 2).Select(_ => file.Fill(template, random)).Distinct().Take(PerTemplate)
                )
                {
                    var group = family.Place == "result" ? "text in results" : "text in definitions";
                    yield return family.Place switch
                    {
                        "definition" => new("definition", [Tool("run_task", text, "A value.")], family.Name, group, family.Attack),
                        "parameter" => new(
                            "definition",
                            [Tool("run_task", file.Fill("{$base}", random), text)],
                            family.Name,
                            group,
                            family.Attack
                        ),
                        _ => new("result", [text], family.Name, group, family.Attack),
                    };
                }
            }
        }
    }

    private static IEnumerable<Made> Provable(ProvableCases cases)
    {
        for (var turn = 0; turn < PerProvableFamily; turn++)
        {
            foreach (var attack in (bool[])[true, false])
            {
                var label = attack ? "attack" : "fair";
                yield return new(
                    "definition",
                    [Tool("run_task", attack ? cases.HiddenAttack(turn) : cases.HiddenFair(turn), "A value.")],
                    $"hidden-{label}",
                    "hidden characters",
                    attack
                );
                yield return new(
                    "definition",
                    [Tool("run_task", attack ? cases.EncodedAttack(turn) : cases.EncodedFair(turn), "A value.")],
                    $"encoded-{label}",
                    "encoded text",
                    attack
                );
                yield return new(
                    "request",
                    [attack ? cases.SecretAttack(turn) : cases.SecretFair(turn)],
                    $"secret-{label}",
                    "secrets",
                    attack
                );
                yield return new(
                    "result",
                    [attack ? cases.AccountAttack(turn) : cases.AccountFair(turn)],
                    $"account-{label}",
                    "account numbers",
                    attack
                );
                yield return new(
                    "names",
                    attack ? cases.NamesAttack(turn) : ProvableCases.NamesFair(turn),
                    $"names-{label}",
                    "names",
                    attack
                );
                yield return new(
                    "change",
                    attack ? cases.ChangeAttack(turn) : cases.ChangeFair(turn),
                    $"change-{label}",
                    "changed definitions",
                    attack
                );
            }
        }
    }

    private static string Tool(string name, string description, string parameter) =>
        ProvableCases.Tool(name, description, parameter).ToJsonString(Readable);

    private sealed record Made(string Place, string[] Parts, string Family, string Group, bool Attack);
}
