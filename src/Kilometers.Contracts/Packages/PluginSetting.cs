using System.Globalization;
using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Packages;

/// <summary>
/// A setting that a plugin declares in its manifest: km lists it, checks what the user sets, and refuses what no setting is. The plugin gets
/// text, and has its default where nothing is set.
/// </summary>
public sealed record PluginSetting
{
    private const int MaxValue = 16 * 1024;

    /// <summary>The name: lower-case words joined by single <c>_</c>, at most 64 characters.</summary>
    public required string Name { get; init; }

    /// <summary><c>text</c>, <c>number</c>, <c>boolean</c> or <c>choice</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What it does, at most 300 characters.</summary>
    public required string Description { get; init; }

    /// <summary>What holds where nothing is set, as text; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Default { get; init; }

    /// <summary>Of a choice: what it can be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>Of a number: the lowest; null: any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Minimum { get; init; }

    /// <summary>Of a number: the highest; null: any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Maximum { get; init; }

    /// <summary>Of a number: what it counts, such as <c>seconds</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unit { get; init; }

    /// <summary>Whether its value is never shown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Secret { get; init; }

    /// <summary>Says what the setting can be.</summary>
    /// <returns>A few words, as in "must be …".</returns>
    public string Describe() =>
        Type switch
        {
            "boolean" => "true or false",
            "choice" => string.Join(" or ", Values ?? []),
            "number" => string.Join(
                ' ',
                new[]
                {
                    "a number",
                    Unit is null ? null : $"of {Unit}",
                    (Minimum, Maximum) switch
                    {
                        ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $"from {min} to {max}"),
                        ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $"from {min}"),
                        (null, { } max) => string.Create(CultureInfo.InvariantCulture, $"up to {max}"),
                        _ => null,
                    },
                }.OfType<string>()
            ),
            _ => "text",
        };

    /// <summary>Checks what a user has set. Nothing but white space is as if it were not set.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether the setting can be that.</returns>
    public bool Allows(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = value.Trim();
        if (text.Length == 0)
            return true;
        return Type switch
        {
            // As the SDK's PluginConfiguration.IsOn reads them.
            "boolean" => text.ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON" or "0" or "FALSE" or "NO" or "OFF",
            "choice" => Values?.Contains(text) == true,
            "number" => decimal.TryParse(
                text,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number
            )
                && !(number < Minimum)
                && !(number > Maximum),
            _ => value.Length <= MaxValue,
        };
    }

    /// <summary>Whether a text is the name of a setting.</summary>
    /// <param name="text">The text.</param>
    /// <returns>True for lower-case words joined by single <c>_</c>, beginning with a letter, at most 64 characters.</returns>
    public static bool IsName(string? text) =>
        text is { Length: >= 1 and <= 64 }
        && char.IsAsciiLetterLower(text[0])
        && text[^1] != '_'
        && !text.Contains("__", StringComparison.Ordinal)
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
}
