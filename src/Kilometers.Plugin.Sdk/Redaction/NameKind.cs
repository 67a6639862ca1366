namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>How much a name says about its value, from nothing on.</summary>
internal enum NameKind
{
    /// <summary>Nothing.</summary>
    Other,

    /// <summary>It may be secret: a value that looks random is.</summary>
    Weak,

    /// <summary>It often is: a value that is not just a word or a count is.</summary>
    Ambiguous,

    /// <summary>It is.</summary>
    Secret,
}
