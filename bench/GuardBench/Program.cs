// What guard's searches cost, and what they say of the traffic of real servers: bench/guard.sh
//   generate TEMPLATES SEED OUT: makes a labelled corpus.   score PART CORPUS LIST…: what guard says of it, and of lists of real servers.
//   left-out CORPUS: the same of each family, with the rules that also match another one.
//   train FOLDER [MODEL]: makes guard's model of instructions of the training texts; without MODEL: leaves each source out once.
//   FILE…: with one message a line each. Every finding in them is shown, and counts as wrong.
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Definitions;
using Kilometers.GuardBench.Corpus;
using Kilometers.GuardBench.Training;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard;
using Kilometers.Plugins.Guard.Definitions;
using Kilometers.Plugins.Guard.Flows;
using Kilometers.Plugins.Guard.Policy;
using Kilometers.Plugins.Guard.Reporting;
using Kilometers.Plugins.Guard.Secrets;
using Kilometers.Plugins.Guard.Text;
using Kilometers.Rules.Reading;

// The first rounds are not compiled for speed yet, and a busy machine disturbs some: the best of all counts.
const int Rounds = 15;
if (args is ["generate", var templates, var seed, var output])
{
    CaseGenerator.Write(templates, int.Parse(seed, CultureInfo.InvariantCulture), output);
    return;
}

if (args is ["train", var texts, .. var model])
{
    ModelTraining.Run(texts, model.FirstOrDefault());
    return;
}

if (args is ["left-out", var tuning])
{
    FamilyHoldOut.Print(tuning);
    return;
}

var folder = Directory.CreateTempSubdirectory("km-guard-bench-").FullName;
try
{
    var detectors = SharedGuard.CreateDetectors();
    var secrets = new SecretSearch(new SecretHash(folder));
    if (args is ["score", var part, var corpus, .. var lists])
    {
        var score = new CorpusScore(detectors, secrets);
        score.Print(corpus, part);
        foreach (var list in lists)
            score.PrintReal(list, part);
        return;
    }

    var messages = args.SelectMany(File.ReadLines).Where(line => line.Length > 0).Select(Read).ToArray();
    var kilobytes = messages.Sum(message => message.Payload.Length) / 1024.0;

    Measure("decoding", () => message => new MessageTexts(message).All.Count > 0 ? [] : []);
    foreach (var detector in detectors)
        Measure($"results, {detector.GetType().Name}", () => message => new MessageSearch([detector], null, text => text).Find(message));
    Measure("results", () => message => new MessageSearch(detectors, null, text => text).Find(message));
    Measure("secrets", () => message => new MessageSearch([], secrets, text => text).Find(message));
    Measure("flows", () => Flows((_, _) => []));
    Measure("rules", () => Rules().Find);
    Measure("all", () =>
    {
        var rules = Rules();
        var found = Flows(new MessageSearch(detectors, secrets, text => text).Find);
        return message => found(message).Concat(rules.Find(message));
    });

    var search = new MessageSearch(detectors, secrets, text => text);
    var inspector = new DefinitionInspector(detectors, text => text);
    foreach (var finding in messages.SelectMany(message => search.Find(message)).Concat(messages.SelectMany(Definitions)))
        Console.WriteLine(
            JsonSerializer.Serialize(
                new
                {
                    kind = "finding",
                    code = finding.Code,
                    severity = finding.Severity.ToString(),
                    evidence = finding.Evidence,
                }
            )
        );
    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{{\"kind\":\"traffic\",\"messages\":{messages.Length},\"kb\":{kilobytes:0}}}")
    );

    Func<ObservedMessage, IEnumerable<Finding>> Flows(Func<ObservedMessage, MessageTexts, IReadOnlyList<Finding>> find)
    {
        var session = new SessionInfo { Id = "s", ServerLabel = "server" };
        var server = new SessionServer(new ServerRecords(folder, TimeProvider.System), session, "server", TimeProvider.System, _ => { });
        var watch = new FlowWatch(session, server, new SharedFlows(new FlowMemory(), new OrderMemory(), new Instructions()), text => text);
        return message =>
        {
            var texts = new MessageTexts(message);
            return watch.Find(message, find(message, texts), texts);
        };
    }

    // Every kind of condition, none of which is ever violated: so all of them are looked at.
    RuleWatch Rules()
    {
        var rules = string.Join(
            ',',
            Enumerable
                .Range(0, 5)
                .Select(number =>
                    $$$$"""
                        {"name":"a{{{{number}}}}","when":{"arguments":{"/**":["/never{{{{number}}}}/*"]}}},
                        {"name":"b{{{{number}}}}","when":{"arguments":{"/path":[{"matches":"never{{{{number}}}}$"}]}}},
                        {"name":"c{{{{number}}}}","when":{"hosts":["*.never{{{{number}}}}.example"]}},
                        {"name":"d{{{{number}}}}","when":{"tools":["never*"]},"rate":{"calls":1,"per":"1m"}}
                        """
                )
        );
        File.WriteAllText(Path.Combine(folder, RuleFile.Name), $$"""{"version":1,"rules":[{{rules}}]}""");
        var installed = new InstalledRules(folder, TimeProvider.System);
        return new RuleWatch(new SessionRules("server", installed, () => true, TimeProvider.System), canStop: false, text => text);
    }

    IEnumerable<Finding> Definitions(ObservedMessage message)
    {
        using var json = JsonDocument.Parse(message.Payload);
        return json.RootElement.TryGetProperty("result", out var result)
            ? [.. Enum.GetValues<DefinitionKind>().SelectMany(kind => inspector.Inspect(DefinitionReader.Read(kind, result)))]
            : [];
    }

    void Measure(string name, Func<Func<ObservedMessage, IEnumerable<Finding>>> create)
    {
        // Processor time, so that a busy machine does not count.
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            // A new one each time: what was seen before costs less.
            var find = create();
            var begun = Environment.CpuUsage.TotalTime;
            foreach (var message in messages)
                _ = find(message).Count();
            if (Environment.CpuUsage.TotalTime - begun is var took && took < best)
                best = took;
        }

        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{{\"kind\":\"{name}\",\"us_per_kb\":{best.TotalMicroseconds / kilobytes:0.00}}}")
        );
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static ObservedMessage Read(string line) =>
    new()
    {
        Payload = Encoding.UTF8.GetBytes(line),
        Method = "tools/call",
        Direction = line.Contains("\"result\":", StringComparison.Ordinal) ? MessageDirection.Outbound : MessageDirection.Inbound,
        Kind = line.Contains("\"result\":", StringComparison.Ordinal) ? MessageKind.Response : MessageKind.Request,
    };
