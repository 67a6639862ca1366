using System.Text;
using System.Text.Json;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.RedactionBench;

/// <summary>How much of text without secrets is masked: every mask in it is wrong.</summary>
internal static class Ordinary
{
    /// <param name="kind">What the files are.</param>
    /// <param name="files">Lists of messages, one per line; or with <paramref name="wrap"/> text, each line of which becomes a message.</param>
    /// <param name="wrap">Whether a line is text and not a message.</param>
    /// <param name="show">Whether to write the messages that were changed to stderr.</param>
    public static void Measure(string kind, IEnumerable<string> files, bool wrap, bool show)
    {
        var redactor = new Redactor();
        long messages = 0,
            changed = 0,
            bytes = 0;
        foreach (var line in files.SelectMany(File.ReadLines).Where(static line => !string.IsNullOrWhiteSpace(line)))
        {
            var message = Encoding.UTF8.GetBytes(wrap ? JsonSerializer.Serialize(new { type = "text", text = line }) : line);
            var redacted = redactor.Redact(message);
            messages++;
            bytes += message.Length;
            if (redacted.Equals(message))
                continue;
            changed++;
            if (show)
                Console.Error.WriteLine($"{kind} | {line[..Math.Min(line.Length, 300)]}\n    {Around(redacted.Span)}");
        }
        Console.WriteLine(
            $"{{\"kind\":\"{kind}\",\"messages\":{messages},\"bytes\":{bytes},\"masked\":{changed},\"percent\":{100.0 * changed / Math.Max(1, messages):0.00}}}"
        );
    }

    private static string Around(ReadOnlySpan<byte> redacted)
    {
        var text = Encoding.UTF8.GetString(redacted);
        var places = new List<string>();
        for (
            var at = text.IndexOf(SecretMasker.Mask, StringComparison.Ordinal);
            at >= 0 && places.Count < 8;
            at = text.IndexOf(SecretMasker.Mask, at + 3, StringComparison.Ordinal)
        )
            places.Add(text[Math.Max(0, at - 50)..Math.Min(text.Length, at + 15)].ReplaceLineEndings(" "));
        return string.Join("\n    ", places);
    }
}
