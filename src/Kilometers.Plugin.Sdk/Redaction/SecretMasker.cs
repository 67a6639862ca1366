namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Replaces secrets in text that is to be shown, stored or sent: the values of members and parameters whose name says secret, and what
/// looks like a credential wherever it stands. It rather masks too much. One pass, in time linear in the text whatever the text is, and
/// without a regular expression: the text may come from an attacker. With rules of one's own, and for whole messages: <see cref="Redactor"/>.
/// </summary>
public static class SecretMasker
{
    /// <summary>What replaces a secret.</summary>
    public const string Mask = "***";

    private static readonly TextRedaction Text = new(new SecretNames([]), []);

    /// <summary>Masks the secrets of a text: JSON, or any other.</summary>
    /// <param name="text">The text; need not be complete or valid.</param>
    /// <returns>The same text with each secret replaced by <see cref="Mask"/>, after the prefix that tells its kind.</returns>
    public static string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Text.Redact(text);
    }

    /// <summary>Finds what <see cref="Redact"/> masks, for a plugin that reports secrets.</summary>
    /// <param name="text">The text; need not be complete or valid.</param>
    /// <returns>Where they are, in order; two may overlap.</returns>
    public static IReadOnlyList<FoundSecret> Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = Text.Find(text);
        return found.Count == 0 ? [] : [.. found.Select(one => Classify(text, one)).Distinct().OrderBy(one => one.Start)];
    }

    /// <summary>What a name before it calls secret may have a form of its own, too.</summary>
    private static FoundSecret Classify(string text, SecretRange range)
    {
        if (
            range.Kind == SecretKind.Other
            && Text.Find(text[range.Start..range.End]).Find(one => one.Kind != SecretKind.Other) is { End: > 0 } known
        )
            return new(range.Start + known.Start, range.Start + known.End, known.Kind);
        return new(range.Start, range.End, range.Kind);
    }
}
