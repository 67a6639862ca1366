using System.Text;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.RedactionBench;

/// <summary>What masking costs: the first message, and each KB from then on.</summary>
internal static class Speed
{
    /// <summary>The first are not compiled for speed yet.</summary>
    private const int Rounds = 15;

    public static void Measure(IEnumerable<string> files)
    {
        var lines = files
            .SelectMany(File.ReadLines)
            .Where(static line => line.Length > 0)
            .Select(static line => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(line))
            .ToArray();
        // Processor time, so that a busy machine does not count.
        var begun = Environment.CpuUsage.TotalTime;
        var redactor = new Redactor();
        redactor.Redact(lines[0]);
        var first = Environment.CpuUsage.TotalTime - begun;
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            begun = Environment.CpuUsage.TotalTime;
            foreach (var line in lines)
                redactor.Redact(line);
            if (Environment.CpuUsage.TotalTime - begun is var took && took < best)
                best = took;
        }
        var bytes = lines.Sum(static line => (long)line.Length);
        Console.WriteLine(
            $"{{\"kind\":\"speed\",\"first_ms\":{first.TotalMilliseconds:0.00},\"us_per_kb\":{best.TotalMicroseconds / (bytes / 1024.0):0.00},\"bytes\":{bytes}}}"
        );
    }
}
