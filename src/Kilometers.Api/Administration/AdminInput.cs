using System.Text;
using Kilometers.Api.Access;
using Kilometers.Api.Http;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;

namespace Kilometers.Api.Administration;

/// <summary>Checks what the operator gives. Every method throws <c>API_REQ_001</c> with what is expected.</summary>
internal static class AdminInput
{
    private const int MaxName = 200;

    public static string Name(string text) =>
        text.Length is > 0 and <= MaxName
        && text.EnumerateRunes()
            .All(rune =>
                Rune.GetUnicodeCategory(rune)
                    is not (
                        System.Globalization.UnicodeCategory.Control
                        or System.Globalization.UnicodeCategory.Format
                        or System.Globalization.UnicodeCategory.LineSeparator
                        or System.Globalization.UnicodeCategory.ParagraphSeparator
                        or System.Globalization.UnicodeCategory.OtherNotAssigned
                    )
            )
        && text.All(c => c != '\uFFFD')
            ? text
            : throw Problems.Invalid($"name is 1 to {MaxName} printable characters");

    public static Tier Tier(string text) =>
        TierText.TryParse(text, out var tier) ? tier : throw Problems.Invalid("tier is Free, Pro or Enterprise");

    /// <summary>An identifier from the path: of anything else there is nothing.</summary>
    public static string Id(string text, string what) => ManifestRules.IsId(text) ? text : throw Problems.NotFound(what);

    public static IReadOnlyList<string> Features(IReadOnlyList<string>? features) =>
        (features ?? []) is var given && given.All(TierFeatures.Known.Contains)
            ? [.. given.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : throw Problems.Invalid($"features are {string.Join(", ", TierFeatures.Known)}");

    public static IReadOnlyList<string> Each(string name, IReadOnlyList<string>? texts, Func<string, bool> isValid, string what) =>
        (texts ?? []).All(text => text is not null && isValid(text)) ? texts ?? [] : throw Problems.Invalid($"{name} are {what}");
}
