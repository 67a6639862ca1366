namespace Kilometers.Contracts;

/// <summary>
/// Every stable error code, <c>AREA_KIND_NNN</c>. A code is never reused; each has one line in <c>docs/errors.md</c>
/// (a test compares the two).
/// </summary>
public static class ErrorCode
{
    /// <summary>The server's command was not found. Exit status 127, as in a shell.</summary>
    public const string ServerNotFound = "MON_CMD_001";

    /// <summary>The server's command exists but cannot be executed. Exit status 126, as in a shell.</summary>
    public const string ServerNotExecutable = "MON_CMD_002";

    /// <summary>The server could not be started for another reason (no memory, too many processes …). Exit status 126.</summary>
    public const string ServerNotStarted = "MON_CMD_003";

    /// <summary>The guardian process could not be started: after a SIGKILL of km the server may stay behind.</summary>
    public const string GuardianNotStarted = "MON_GRD_001";

    /// <summary>An option or argument is missing or malformed. Exit status 2.</summary>
    public const string InvalidArguments = "CFG_ARG_001";

    /// <summary>A plugin's configuration file cannot be read.</summary>
    public const string InvalidPluginSettings = "CFG_PLG_001";

    /// <summary>A plugin's executable could not be started.</summary>
    public const string PluginNotStarted = "PLG_RUN_001";

    /// <summary>A plugin ended before its handshake.</summary>
    public const string PluginExitedEarly = "PLG_RUN_002";

    /// <summary>A plugin's first line is not a go-plugin handshake, or a part of it is invalid.</summary>
    public const string PluginHandshake = "PLG_RUN_003";

    /// <summary>A plugin gave no handshake, or no answer to a first call, in time.</summary>
    public const string PluginStartTimeout = "PLG_RUN_004";

    /// <summary>A plugin's process ended while it was in use.</summary>
    public const string PluginCrashed = "PLG_RUN_005";

    /// <summary>A plugin stopped answering or acknowledging.</summary>
    public const string PluginNotAnswering = "PLG_RUN_006";

    /// <summary>A plugin broke the km contract (a bad name, an acknowledgement of what was never sent …).</summary>
    public const string PluginContract = "PLG_RUN_007";

    /// <summary>A plugin's own Initialize failed.</summary>
    public const string PluginInitialize = "PLG_RUN_008";

    /// <summary>A plugin denied its own authorization.</summary>
    public const string PluginDenied = "PLG_AUT_001";

    /// <summary>A plugin requires a higher tier than the session has.</summary>
    public const string TierTooLow = "PLG_TIER_001";

    /// <summary>A warning: an unsigned plugin under development was asked for and runs.</summary>
    public const string DevelopmentPlugin = "PLG_DEV_001";

    /// <summary>A plugin and this km share no contract version.</summary>
    public const string ProtocolVersion = "PLG_CMP_001";

    /// <summary>Something that should not happen happened in km itself. Exit status 70.</summary>
    public const string Internal = "KM_INT_001";
}
