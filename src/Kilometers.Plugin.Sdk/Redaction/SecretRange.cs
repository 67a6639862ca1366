namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>What is replaced in a text.</summary>
/// <param name="Start">Its first character.</param>
/// <param name="End">After its last.</param>
/// <param name="Quote">What the mask is put between: in JSON a number's or object's mask must become a string. Empty where it is in one already.</param>
/// <param name="Replacement">What is there instead of the mask: encoded text whose secrets are masked. Null: the mask.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct SecretRange(
    int Start,
    int End,
    string Quote = "",
    string? Replacement = null,
    SecretKind Kind = SecretKind.Other
);
