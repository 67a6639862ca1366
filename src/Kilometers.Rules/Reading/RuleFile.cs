using System.Text.Json;

namespace Kilometers.Rules.Reading;

/// <summary>The file guard.json: its rules, or what is wrong with it.</summary>
/// <param name="Rules">The rules; null where there is a mistake: a file is valid as a whole, or not at all.</param>
/// <param name="Mistakes">The mistakes, in the order of the file.</param>
public sealed record RuleFile(RuleSet? Rules, IReadOnlyList<RuleMistake> Mistakes)
{
    /// <summary>What guard calls it in its folder.</summary>
    public const string Name = "guard.json";

    /// <summary>Bytes that a file may have.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Its JSON schema, for editors.</summary>
    public static string Schema
    {
        get
        {
            using var stream = typeof(RuleFile).Assembly.GetManifestResourceStream("guard.schema.json")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="json">What is in it; a byte order mark may precede.</param>
    public static RuleFile Read(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxBytes)
            return new(null, [new(1, 1, "", RuleMistakeKind.Value, $"The file has more than {MaxBytes / 1024} KB.")]);
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        JsonPart part;
        try
        {
            part = JsonPart.Read(json);
        }
        catch (JsonException e)
        {
            var what = e.Message.Split(" LineNumber:")[0];
            return new(
                null,
                [
                    new(
                        (int)(e.LineNumber ?? 0) + 1,
                        (int)(e.BytePositionInLine ?? 0) + 1,
                        "",
                        RuleMistakeKind.Syntax,
                        $"Not valid JSON: {what}"
                    ),
                ]
            );
        }

        var reader = new RuleReader();
        var rules = reader.Read(part);
        var mistakes = reader.Mistakes.OrderBy(mistake => mistake.Line).ThenBy(mistake => mistake.Column).ToList();
        return new(mistakes.Count == 0 ? rules : null, mistakes);
    }
}
