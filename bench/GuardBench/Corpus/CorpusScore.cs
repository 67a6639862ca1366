using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard.Definitions;
using Kilometers.Plugins.Guard.Secrets;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.GuardBench.Corpus;

/// <summary>What guard says of a corpus. It sees the cases alone; the labels are read when all is said.</summary>
/// <param name="detectors">What looks at texts.</param>
/// <param name="secrets">What looks for secrets.</param>
internal sealed class CorpusScore(IReadOnlyList<ITextDetector> detectors, SecretSearch secrets)
{
    private static readonly Dictionary<string, string[]> Codes = new()
    {
        ["text in definitions"] = ["GRD_TXT_003", "GRD_CAP_001"],
        ["text in results"] = ["GRD_TXT_003"],
        ["hidden characters"] = ["GRD_TXT_001"],
        ["encoded text"] = ["GRD_TXT_002", "GRD_TXT_003"],
        ["secrets"] = ["GRD_SEC_001"],
        ["account numbers"] = ["GRD_PII_001"],
        ["names"] = ["GRD_NAM_001", "GRD_NAM_002"],
        ["changed definitions"] = ["GRD_DEF_001", "GRD_DEF_002"],
    };

    private readonly DefinitionInspector _inspector = new(detectors, text => text);

    /// <summary>Prints, as JSON, what was found and what was found wrongly: of each class, and of each family.</summary>
    public void Print(string folder, string part)
    {
        var said = File.ReadLines(Path.Combine(folder, "cases.jsonl"))
            .Select(line => JsonSerializer.Deserialize<GeneratedCase>(line)!)
            .ToDictionary(one => one.Id, one => Find(one).ToHashSet(StringComparer.Ordinal));
        var labels = File.ReadLines(Path.Combine(folder, "labels.tsv"))
            .Select(line => line.Split('\t'))
            .Select(cells => new CaseLabel(cells[0], cells[1], cells[2], cells[3] == "attack"))
            .ToList();
        bool IsFound(CaseLabel label) => Codes[label.Class].Any(said[label.Id].Contains);
        foreach (var group in labels.GroupBy(label => label.Class).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var attacks = group.Where(label => label.Attack).ToList();
            var fair = group.Where(label => !label.Attack).ToList();
            Write("class", part, group.Key, attacks.Count, attacks.Count(IsFound), fair.Count, fair.Count(IsFound));
        }

        foreach (
            var group in labels.Where(label => label.Class.StartsWith("text ", StringComparison.Ordinal)).GroupBy(label => label.Family)
        )
        {
            var isAttack = group.First().Attack;
            var found = group.Count(IsFound);
            Write(
                "family",
                part,
                group.Key,
                isAttack ? group.Count() : 0,
                isAttack ? found : 0,
                isAttack ? 0 : group.Count(),
                isAttack ? 0 : found
            );
        }
    }

    /// <summary>Prints how many definitions of a real server are suspected, and of which kind.</summary>
    public void PrintReal(string file, string part)
    {
        var (count, wrong) = (0, 0);
        foreach (var line in File.ReadLines(file).Where(line => line.Length > 0))
        {
            using var json = JsonDocument.Parse(line);
            if (!json.RootElement.TryGetProperty("result", out var result))
                continue;
            foreach (var kind in Enum.GetValues<DefinitionKind>())
            {
                foreach (var definition in DefinitionReader.Read(kind, result))
                {
                    count++;
                    var found = _inspector.Inspect([definition]);
                    wrong += found.Count > 0 ? 1 : 0;
                    if (Environment.GetEnvironmentVariable("SHOW") == part)
                        foreach (var one in found)
                            Console.Error.WriteLine($"{Path.GetFileName(file)} {one.Code} {one.Subject} {one.Summary}\n    {one.Evidence}");
                }
            }
        }

        Write("real", part, Path.GetFileName(file), 0, 0, count, wrong);
    }

    private static void Write(string kind, string part, string name, int attacks, int found, int fair, int wrong) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"kind\":\"{kind}\",\"part\":\"{part}\",\"name\":\"{name}\",\"attacks\":{attacks},\"found\":{found},\"fair\":{fair},\"wrong\":{wrong}}}"
            )
        );

    private IEnumerable<string> Find(GeneratedCase one) =>
        one.Place switch
        {
            "definition" => _inspector.Inspect(Read(one.Parts[0])).Select(finding => finding.Code),
            "change" => DefinitionChanges(one.Parts),
            "names" => Names(one.Parts),
            var place => new MessageSearch(detectors, secrets, text => text)
                .Find(Message(one.Parts[0], place))
                .Select(finding => finding.Code),
        };

    private static IEnumerable<string> Names(string[] names)
    {
        var live = new LiveServers();
        live.Enter("a", "a", "a", [names[0]]);
        return live.Enter("b", "b", "b", [names[1]]).Select(finding => finding.Code);
    }

    private static IEnumerable<string> DefinitionChanges(string[] tools)
    {
        var record = new ServerRecord
        {
            Key = "a",
            Label = "a",
            Command = "a",
            FirstSeen = default,
            LastSeen = default,
        };
        foreach (var tool in tools[..1])
            Observe(record, tool);
        return Observe(record, tools[1]).Select(change => change.What == ChangeKind.Changed ? "GRD_DEF_001" : "GRD_DEF_002");
    }

    private static IReadOnlyList<DefinitionChange> Observe(ServerRecord record, string tool) =>
        record.Observe(
            new DefinitionList(DefinitionKind.Tool, [.. Read(tool).Select(one => one.Pin(text => text, 1000))], true),
            "s",
            default
        );

    private static IReadOnlyList<SentDefinition> Read(string tool)
    {
        using var json = JsonDocument.Parse($$"""{"tools":[{{tool}}]}""");
        return DefinitionReader.Read(DefinitionKind.Tool, json.RootElement);
    }

    private static ObservedMessage Message(string text, string place)
    {
        var quoted = JsonSerializer.Serialize(text);
        return new ObservedMessage
        {
            Payload = Encoding.UTF8.GetBytes(
                place == "request"
                    ? $$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tool","arguments":{"value":{{{{quoted}}}}}}}"""
                    : $$$"""{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":{{{quoted}}}}]}}"""
            ),
            Method = "tools/call",
            Direction = place == "request" ? MessageDirection.Inbound : MessageDirection.Outbound,
            Kind = place == "request" ? MessageKind.Request : MessageKind.Response,
        };
    }
}
