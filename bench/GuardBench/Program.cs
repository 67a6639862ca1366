// What guard's searches cost, and what they say of the traffic of real servers: bench/guard.sh
// Each argument is a file with one message a line. Every finding in them is shown, and counts as wrong.
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Definitions;
using Kilometers.GuardBench.Corpus;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard;
using Kilometers.Plugins.Guard.Definitions;
using Kilometers.Plugins.Guard.Secrets;

const int Rounds = 5;
if (args is ["generate", var templates, var seed, var output])
{
    CaseGenerator.Write(templates, int.Parse(seed, CultureInfo.InvariantCulture), output);
    return;
}

var folder = Directory.CreateTempSubdirectory("km-guard-bench-").FullName;
try
{
    var detectors = SharedGuard.CreateDetectors();
    var secrets = new SecretSearch(new SecretHash(folder));
    var messages = args.SelectMany(File.ReadLines).Where(line => line.Length > 0).Select(Read).ToArray();
    var kilobytes = messages.Sum(message => message.Payload.Length) / 1024.0;

    Measure("results", new MessageSearch(detectors, null, text => text).Find);
    Measure("secrets", new MessageSearch([], secrets, text => text).Find);
    Measure("both", new MessageSearch(detectors, secrets, text => text).Find);

    var search = new MessageSearch(detectors, secrets, text => text);
    var inspector = new DefinitionInspector(detectors, text => text);
    foreach (var finding in messages.SelectMany(search.Find).Concat(messages.SelectMany(Definitions)))
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

    IEnumerable<Finding> Definitions(ObservedMessage message)
    {
        using var json = JsonDocument.Parse(message.Payload);
        return json.RootElement.TryGetProperty("result", out var result)
            ? [.. Enum.GetValues<DefinitionKind>().SelectMany(kind => inspector.Inspect(DefinitionReader.Read(kind, result)))]
            : [];
    }

    void Measure(string name, Func<ObservedMessage, IReadOnlyList<Finding>> find)
    {
        // Processor time, so that a busy machine does not count.
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var begun = Environment.CpuUsage.TotalTime;
            foreach (var message in messages)
                find(message);
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
        Direction = line.Contains("\"result\":", StringComparison.Ordinal) ? MessageDirection.Outbound : MessageDirection.Inbound,
        Kind = line.Contains("\"result\":", StringComparison.Ordinal) ? MessageKind.Response : MessageKind.Request,
    };
