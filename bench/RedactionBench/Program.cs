// What masking misses, what it masks wrongly and what it costs: bench/redaction.sh
using System.Globalization;
using Kilometers.RedactionBench;

switch (args)
{
    case ["leaks", var seed, var rounds, .. var show]:
        Leaks.Measure(
            int.Parse(seed, CultureInfo.InvariantCulture),
            int.Parse(rounds, CultureInfo.InvariantCulture),
            show.FirstOrDefault("none")
        );
        return 0;
    case ["messages" or "text", var kind, .. var files]:
        Ordinary.Measure(kind, files, args[0] == "text", Environment.GetEnvironmentVariable("SHOW") is not null);
        return 0;
    case ["speed", .. var files]:
        Speed.Measure(files);
        return 0;
    case ["record", var file, .. var command]:
        var calls = new List<string>();
        while (Console.In.ReadLine() is { } line)
            calls.Add(line);
        await using (var output = File.CreateText(file))
        {
            using var recorder = new Recorder(output);
            await recorder.RecordAsync(command, calls);
        }
        return 0;
    default:
        Console.Error.WriteLine(
            "usage: km-redaction-bench leaks SEED ROUNDS [FAMILY|all] | messages|text KIND FILE... | speed FILE... | record FILE COMMAND... <CALLS"
        );
        return 2;
}
