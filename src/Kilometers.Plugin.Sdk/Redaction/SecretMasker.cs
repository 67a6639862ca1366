namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Replaces secrets in text that is to be shown, stored or sent: the values of members and parameters whose name says secret, and what
/// looks like a credential wherever it stands. It rather masks too much. One pass, in time linear in the text whatever the text is, and
/// without a regular expression: the text may come from an attacker. With rules of one's own, and for whole messages: <see cref="Redactor"/>.
/// </summary>
public static class SecretMasker
{
    /// <summary>What stands in the place of a secret.</summary>
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
}
