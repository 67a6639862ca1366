namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Where a text has a secret.</summary>
/// <param name="Start">Its first character.</param>
/// <param name="End">After its last character.</param>
/// <param name="Kind">What it is.</param>
public readonly record struct FoundSecret(int Start, int End, SecretKind Kind);
