using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace Kilometers.Ui.Showing;

/// <summary>Two versions of a definition, line by line, with the lines around each change.</summary>
internal static class DefinitionDiff
{
    private const int Context = 3;
    private const int MaxLines = 4000;

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The lines that differ, in order; between them, how many lines are the same.</summary>
    public static IEnumerable<(ChangeType Kind, string Text)> Lines(string before, string after)
    {
        var lines = InlineDiffBuilder.Diff(Cut(Indented(before)), Cut(Indented(after)), ignoreWhiteSpace: false).Lines;
        var left = 0;
        for (var at = 0; at < lines.Count; at++)
        {
            var isNear = Enumerable
                .Range(Math.Max(0, at - Context), Math.Min(lines.Count, at + Context + 1) - Math.Max(0, at - Context))
                .Any(near => lines[near].Type != ChangeType.Unchanged);
            if (!isNear)
            {
                left++;
                continue;
            }

            if (left > 0)
                yield return Gap(left);
            left = 0;
            yield return (lines[at].Type, lines[at].Text);
        }

        if (left > 0)
            yield return Gap(left);
    }

    /// <summary>JSON with a line for each member; another text as it is.</summary>
    public static string Indented(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream, Readable))
                document.WriteTo(writer);
            return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return text;
        }
    }

    private static (ChangeType Kind, string Text) Gap(int lines) =>
        (ChangeType.Imaginary, string.Create(CultureInfo.InvariantCulture, $"… {lines} lines are the same"));

    private static string Cut(string text) => string.Join('\n', text.Split('\n').Take(MaxLines));
}
