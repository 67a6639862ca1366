namespace Kilometers.Contracts;

/// <content>The codes of MCP clients and their configurations.</content>
public static partial class ErrorCode
{
    /// <summary>A client's configuration is not what its format allows, or is written in a way that km does not edit.</summary>
    public const string ConfigNotUnderstood = "KM_WRP_001";

    /// <summary>A client's configuration, or what km remembers of it, cannot be read.</summary>
    public const string ConfigUnreadable = "KM_WRP_002";

    /// <summary>A client's configuration cannot be written with all that it is, so it was left as it was.</summary>
    public const string ConfigNotWritten = "KM_WRP_003";

    /// <summary>Other programs are writing a client's configuration, or changed an entry while km asked.</summary>
    public const string ConfigBusy = "KM_WRP_004";

    /// <summary>An entry was changed after km wrapped it.</summary>
    public const string EntryChanged = "KM_WRP_005";

    /// <summary>There is no backup of a client's configuration.</summary>
    public const string NoWrapBackup = "KM_WRP_006";

    /// <summary>A client has no configuration on this machine, or its configuration has no such server.</summary>
    public const string NoSuchServer = "KM_WRP_007";
}
