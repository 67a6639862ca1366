namespace Kilometers.Packaging.Trust;

/// <summary>Who decided to trust a root.</summary>
public enum RootOrigin
{
    /// <summary>The person who named the file for one command.</summary>
    Named = 0,

    /// <summary>The builder of this km.</summary>
    BuiltIn,

    /// <summary>The administrator of this machine.</summary>
    System,

    /// <summary>The user.</summary>
    User,
}
