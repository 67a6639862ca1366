namespace Kilometers.Contracts;

/// <content>About plugins: their packages, trust, isolation and supervision.</content>
public static partial class ErrorCode
{
    /// <summary>A plugin could not be isolated as was to be, so it was not started.</summary>
    public const string NotIsolated = "PLG_ISO_001";

    /// <summary>A layer of isolation is not there on this system; plugins run without it.</summary>
    public const string IsolationMissing = "PLG_ISO_002";

    /// <summary>A plugin uses more memory than it may.</summary>
    public const string MemoryLimit = "PLG_RUN_020";

    /// <summary>A plugin uses more processor time than it may.</summary>
    public const string ProcessorLimit = "PLG_RUN_021";

    /// <summary>A plugin has more files open than it may.</summary>
    public const string OpenFilesLimit = "PLG_RUN_022";

    /// <summary>A plugin keeps more in its state directory than it may.</summary>
    public const string StateLimit = "PLG_RUN_023";

    /// <summary>A plugin has more threads than it may.</summary>
    public const string ThreadLimit = "PLG_RUN_024";

    /// <summary>A plugin keeps km from measuring what it uses.</summary>
    public const string PluginUnmeasured = "PLG_RUN_025";

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

    /// <summary>A plugin answers, but acknowledges nothing for too long.</summary>
    public const string PluginNotAnswering = "PLG_RUN_006";

    /// <summary>A plugin broke the km contract (a bad name, an acknowledgement of what was never sent …).</summary>
    public const string PluginContract = "PLG_RUN_007";

    /// <summary>A plugin's own Initialize failed.</summary>
    public const string PluginInitialize = "PLG_RUN_008";

    /// <summary>A plugin is frozen: it neither acknowledges nor answers its health check.</summary>
    public const string PluginFrozen = "PLG_RUN_009";

    /// <summary>A plugin failed too often and is not started again by itself.</summary>
    public const string PluginGivenUp = "PLG_RUN_010";

    /// <summary>A session has no plugin of that name, or is ending.</summary>
    public const string PluginNotInSession = "PLG_RUN_011";

    /// <summary>No directory was found that plugins can be unpacked to and started from.</summary>
    public const string NoRunDirectory = "PLG_RUN_012";

    /// <summary>A plugin's process failed twice at the same message, which is left out.</summary>
    public const string MessageSetAside = "PLG_RUN_013";

    /// <summary>A plugin denied its own authorization.</summary>
    public const string PluginDenied = "PLG_AUT_001";

    /// <summary>A plugin requires a higher tier than the session has.</summary>
    public const string TierTooLow = "PLG_TIER_001";

    /// <summary>A package's signature does not fit its statement.</summary>
    public const string InvalidSignature = "PLG_SIG_001";

    /// <summary>A package is not signed.</summary>
    public const string Unsigned = "PLG_SIG_002";

    /// <summary>A package is signed by a certificate that leads to no trusted root, or that is not meant for signing plugins.</summary>
    public const string UntrustedChain = "PLG_SIG_003";

    /// <summary>A certificate of a package's signer is not valid at this time.</summary>
    public const string SignerExpired = "PLG_SIG_004";

    /// <summary>A package, its signer, or its version was revoked.</summary>
    public const string Revoked = "PLG_SIG_005";

    /// <summary>What is signed is not a plugin's statement: another payload or predicate type.</summary>
    public const string StatementType = "PLG_SIG_006";

    /// <summary>The revocation list cannot be used: damaged, not signed by a trusted authority, or older than one that was seen.</summary>
    public const string RevocationList = "PLG_SIG_007";

    /// <summary>A package is signed by a certificate that is for another kind of package: plugins, or releases of km.</summary>
    public const string SignerRole = "PLG_SIG_008";

    /// <summary>A manifest is not strict JSON of the known form.</summary>
    public const string ManifestForm = "PLG_MAN_001";

    /// <summary>A manifest breaks a rule.</summary>
    public const string ManifestRule = "PLG_MAN_002";

    /// <summary>A file is not a package: wrong, missing, additional or reordered members, or a changed header.</summary>
    public const string Container = "PLG_PKG_001";

    /// <summary>A package or one of its members is larger than allowed, or than signed.</summary>
    public const string PackageTooLarge = "PLG_PKG_002";

    /// <summary>A package ends early.</summary>
    public const string PackageTruncated = "PLG_PKG_003";

    /// <summary>A package's payload is not the one that was signed.</summary>
    public const string PayloadDigest = "PLG_PKG_004";

    /// <summary>A payload holds something else than the signed files: a link, a device, another path, an unlisted or missing file.</summary>
    public const string PayloadContent = "PLG_PKG_005";

    /// <summary>A file of a payload is not the one that was signed.</summary>
    public const string FileDigest = "PLG_PKG_006";

    /// <summary>What a package is to be made of cannot be used.</summary>
    public const string PackageSource = "PLG_PKG_007";

    /// <summary>A package is for another customer.</summary>
    public const string OtherCustomer = "PLG_CUS_001";

    /// <summary>The customer's seal in a package is missing, or says something else than its manifest.</summary>
    public const string CustomerSeal = "PLG_CUS_002";

    /// <summary>A plugin needs another version of km.</summary>
    public const string CliVersion = "PLG_CMP_002";

    /// <summary>A package is for another operating system or processor.</summary>
    public const string Platform = "PLG_CMP_003";

    /// <summary>A package is older than one of the same plugin that was installed.</summary>
    public const string Downgrade = "PLG_CMP_004";

    /// <summary>A plugin directory or a package in it could be changed by other users, or is a link.</summary>
    public const string UnsafeDirectory = "PLG_DIR_001";

    /// <summary>A project's plugin has the name of one that is installed for the user or the system.</summary>
    public const string Shadowing = "PLG_DIR_002";

    /// <summary>A project's plugins are not trusted, or have changed since they were.</summary>
    public const string UntrustedProject = "PLG_DIR_003";

    /// <summary>No such plugin is installed.</summary>
    public const string NotInstalled = "PLG_INS_001";

    /// <summary>The plugin directory or registry cannot be written.</summary>
    public const string InstallationFailed = "PLG_INS_002";

    /// <summary>Another km is installing or removing, and does not end.</summary>
    public const string InstallationBusy = "PLG_INS_003";

    /// <summary>The registry is damaged; it is rebuilt from what is installed.</summary>
    public const string DamagedRegistry = "PLG_INS_004";

    /// <summary>The user did not agree. Exit status 1, nothing was changed.</summary>
    public const string Declined = "PLG_INS_005";

    /// <summary>A package cannot be read.</summary>
    public const string PackageUnreadable = "PLG_INS_006";

    /// <summary>No plugin of that name is installed, and km has kept nothing from one.</summary>
    public const string NoPluginLog = "PLG_LOG_001";

    /// <summary>What is kept of a plugin cannot be read.</summary>
    public const string PluginLogNotRead = "PLG_LOG_002";

    /// <summary>A plugin may do more than the user agreed to, and there is no terminal to ask on. Nothing was changed.</summary>
    public const string ConsentNeeded = "PLG_CON_001";

    /// <summary>A plugin comes from another publisher than the one of that name before, and the user did not say that it may. Nothing was changed.</summary>
    public const string PublisherChanged = "PLG_PUB_001";

    /// <summary>A warning: a plugin is signed under a development root.</summary>
    public const string DevelopmentSigner = "PLG_DEV_002";

    /// <summary>The project of a new plugin cannot be written.</summary>
    public const string ProjectNotWritten = "PLG_NEW_001";

    /// <summary>A plugin failed a part of its conformance test.</summary>
    public const string PluginTestFailed = "PLG_TST_001";

    /// <summary>A warning: an unsigned plugin under development was asked for and runs.</summary>
    public const string DevelopmentPlugin = "PLG_DEV_001";

    /// <summary>A plugin and this km share no contract version.</summary>
    public const string ProtocolVersion = "PLG_CMP_001";

    /// <summary>A plugin needs a subscription and no API key is known here.</summary>
    public const string NotSignedIn = "PLG_AUT_002";

    /// <summary>The entitlement presented to a plugin is not its issuer's, or not for its customer.</summary>
    public const string EntitlementInvalid = "PLG_AUT_003";

    /// <summary>The entitlement has expired and the API could not be reached for longer than the tier allows.</summary>
    public const string EntitlementExpired = "PLG_AUT_004";

    /// <summary>The API denied the customer or a build.</summary>
    public const string EntitlementDenied = "PLG_AUT_005";

    /// <summary>This machine's clock is behind a time that was seen before.</summary>
    public const string ClockSetBack = "PLG_AUT_006";

    /// <summary>A plugin wanted to connect to a host or port that its manifest does not name.</summary>
    public const string HostNotGranted = "PLG_NET_001";

    /// <summary>A host that a plugin may connect to has only addresses of this machine or of a private network.</summary>
    public const string PrivateAddress = "PLG_NET_002";

    /// <summary>A host that a plugin may connect to cannot be reached.</summary>
    public const string HostUnreachable = "PLG_NET_003";

    /// <summary>The user's proxy did not connect a plugin to a host.</summary>
    public const string UpstreamProxy = "PLG_NET_004";

    /// <summary>A plugin did not ask for a connection in the form that km understands.</summary>
    public const string EgressRequest = "PLG_NET_005";

    /// <summary>A policy does not allow this plugin.</summary>
    public const string PolicyPlugin = "PLG_POL_001";

    /// <summary>A policy does not allow this publisher.</summary>
    public const string PolicyPublisher = "PLG_POL_002";

    /// <summary>A plugin needs a tier or a feature above what a policy allows.</summary>
    public const string PolicyTier = "PLG_POL_003";

    /// <summary>A policy requires an isolation that a plugin would not have here.</summary>
    public const string PolicyIsolation = "PLG_POL_004";

    /// <summary>A policy allows no plugins of projects.</summary>
    public const string PolicyProject = "PLG_POL_005";

    /// <summary>A policy allows no plugins under development.</summary>
    public const string PolicyDevelopment = "PLG_POL_006";

    /// <summary>A plugin that a policy requires is missing or does not run: the session is not started.</summary>
    public const string RequiredPluginMissing = "PLG_POL_007";

    /// <summary>A plugin that a policy requires is gone for good while the session runs.</summary>
    public const string RequiredPluginLost = "PLG_POL_008";

    /// <summary>A plugin that a policy requires cannot be switched off.</summary>
    public const string RequiredPluginKept = "PLG_POL_009";

    /// <summary>What waits for a plugin whose delivery is guaranteed cannot be kept on disk: no room, its limit, or damage. The rest is dropped and counted.</summary>
    public const string OverflowNotKept = "PLG_DLV_001";
}
