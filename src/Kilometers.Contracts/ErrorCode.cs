namespace Kilometers.Contracts;

/// <summary>
/// Every stable error code, <c>AREA_KIND_NNN</c>. A code is never reused; each has one line in <c>docs/errors.md</c>
/// (a test compares the two).
/// </summary>
public static partial class ErrorCode
{
    /// <summary>The server's command was not found. Exit status 127, as in a shell.</summary>
    public const string ServerNotFound = "MON_CMD_001";

    /// <summary>The server's command exists but cannot be executed. Exit status 126, as in a shell.</summary>
    public const string ServerNotExecutable = "MON_CMD_002";

    /// <summary>The server could not be started for another reason (no memory, too many processes …). Exit status 126.</summary>
    public const string ServerNotStarted = "MON_CMD_003";

    /// <summary>The guardian process could not be started: after a SIGKILL of km, plugins may stay behind.</summary>
    public const string GuardianNotStarted = "MON_GRD_001";

    /// <summary>The program km-host, which lies beside km, is missing or cannot be started. Exit status 126.</summary>
    public const string HostMissing = "MON_HST_001";

    /// <summary>No host can be reached or started, or there is no room for km: the session runs, and nobody watches it.</summary>
    public const string NotObserved = "MON_HST_002";

    /// <summary>A policy may require plugins, and no host can be started: so the server is not.</summary>
    public const string HostRequired = "MON_HST_003";

    /// <summary>The program km, which lies beside km-host, is missing or cannot be started.</summary>
    public const string RelayMissing = "MON_HST_004";

    /// <summary>Limits leave no room for km beside the server: the server runs as without km, and nobody watches it.</summary>
    public const string Unobserved = "MON_RES_001";

    /// <summary>A limit on the size of files leaves no room for plugins: the session runs without them.</summary>
    public const string NoRoomForPlugins = "MON_RES_002";

    /// <summary>The system has no memory that km and its host can share: the session runs, and nobody observes it.</summary>
    public const string NoSharedMemory = "MON_RES_003";

    /// <summary>What the server wrote could not be passed on, though the client had not closed its end: a full disk, a limit on files.</summary>
    public const string OutputFailed = "MON_OUT_001";

    /// <summary>An option or argument is missing or malformed. Exit status 2.</summary>
    public const string InvalidArguments = "CFG_ARG_001";

    /// <summary>A plugin's configuration file cannot be read.</summary>
    public const string InvalidPluginSettings = "CFG_PLG_001";

    /// <summary>There is no directory for km's own files: nothing names one, or what names it is not an absolute path.</summary>
    public const string HomeMissing = "CFG_HOM_001";

    /// <summary>The directory for km's own files could be changed by another user, so nothing is read from it.</summary>
    public const string HomeUntrusted = "CFG_HOM_002";

    /// <summary>A plugin's setting has its old name in the environment.</summary>
    public const string RenamedPluginSetting = "CFG_PLG_002";

    /// <summary>A plugin has no such setting, or it cannot be what is set.</summary>
    public const string InvalidPluginSetting = "CFG_PLG_003";

    /// <summary>The audit log cannot be written: nothing is installed or launched.</summary>
    public const string AuditNotWritten = "AUD_LOG_001";

    /// <summary>The audit log was changed, shortened, or has gaps.</summary>
    public const string AuditDamaged = "AUD_LOG_002";

    /// <summary>The audit log cannot be read.</summary>
    public const string AuditNotRead = "AUD_LOG_003";

    /// <summary>The audit log is not the one that its witness saw.</summary>
    public const string AuditWitness = "AUD_WIT_001";

    /// <summary>A trust root is not a usable certificate.</summary>
    public const string InvalidTrustRoot = "CFG_TRU_001";

    /// <summary>A warning: a root calls itself Kilometers, or something that looks like it, and is not the one built into km.</summary>
    public const string ReservedName = "CFG_TRU_002";

    /// <summary>Signing keys cannot be read, made or used.</summary>
    public const string SigningKeys = "KEY_STO_001";

    /// <summary>An external signing command failed or gave a wrong signature.</summary>
    public const string ExternalSigner = "KEY_SGN_001";

    /// <summary>The API's address is none, or not HTTPS.</summary>
    public const string InvalidEndpoint = "CFG_API_001";

    /// <summary>A configuration file cannot be read, or a value is out of its range.</summary>
    public const string InvalidConfiguration = "CFG_FIL_001";

    /// <summary>A policy is not strict JSON of the known form, or breaks a rule. No plugin runs; under an administrator's no session starts.</summary>
    public const string InvalidPolicy = "CFG_POL_001";

    /// <summary>A policy cannot be read, or others than its owner could change it. The same holds as for an invalid one.</summary>
    public const string UnsafePolicy = "CFG_POL_002";

    /// <summary>What was given as an API key is none.</summary>
    public const string InvalidApiKey = "CFG_KEY_001";

    /// <summary>The API key cannot be kept or read.</summary>
    public const string CredentialStore = "CFG_CRD_001";

    /// <summary>This km cannot update itself: it is no published program.</summary>
    public const string NotUpdatable = "KM_UPD_001";

    /// <summary>The program cannot be replaced by this user, or its directory not be written.</summary>
    public const string ProgramNotWritable = "KM_UPD_002";

    /// <summary>Another km is updating the same program.</summary>
    public const string UpdateBusy = "KM_UPD_003";

    /// <summary>The API has no such release of km for this machine.</summary>
    public const string NoSuchRelease = "KM_UPD_004";

    /// <summary>The release is older than this km, and that was not asked for.</summary>
    public const string UpdateDowngrade = "KM_UPD_005";

    /// <summary>The new program does not start, or says that it is another version; the old one is in its place.</summary>
    public const string UpdateDoesNotStart = "KM_UPD_006";

    /// <summary>The program could not be replaced; the old one is in its place.</summary>
    public const string UpdateFailed = "KM_UPD_007";

    /// <summary>There is no earlier program to go back to.</summary>
    public const string NoPreviousProgram = "KM_UPD_008";

    /// <summary>Something that should not happen happened in km itself. Exit status 70.</summary>
    public const string Internal = "KM_INT_001";

    /// <summary>A running session cannot offer its control channel, or the place where channels are is not safe.</summary>
    public const string ControlUnavailable = "KM_CTL_001";

    /// <summary>Two km speak different versions of the control protocol.</summary>
    public const string ControlVersion = "KM_CTL_002";

    /// <summary>A control request is malformed, too long, or came too slowly.</summary>
    public const string ControlRequest = "KM_CTL_003";

    /// <summary>A control request came from another user, or from what runs in a monitored session.</summary>
    public const string ControlForbidden = "KM_CTL_004";

    /// <summary>A running session does not answer.</summary>
    public const string ControlNotAnswering = "KM_CTL_005";

    /// <summary>No running session fits what was asked for.</summary>
    public const string NoSession = "KM_CTL_006";

    /// <summary>A plugin is disabled.</summary>
    public const string PluginDisabled = "KM_CTL_007";

    /// <summary>km is not uninstalled while sessions run.</summary>
    public const string SessionsRun = "KM_UNI_001";

    /// <summary>Something could not be removed when km was uninstalled.</summary>
    public const string NotUninstalled = "KM_UNI_002";

    /// <summary>Nothing has been recorded.</summary>
    public const string NothingRecorded = "REC_FIL_001";

    /// <summary>The file of recordings cannot be read or changed.</summary>
    public const string RecordingsUnreadable = "REC_FIL_002";

    /// <summary>No recorded session, or more than one, matches.</summary>
    public const string NoRecordedSession = "REC_SES_001";

    /// <summary>The pages of <c>km ui</c> cannot be shown.</summary>
    public const string PagesUnavailable = "REC_UI_001";

    /// <summary><c>km-http</c>, the program that lies beside <c>km</c>, is missing or cannot be started.</summary>
    public const string HttpMissing = "NET_PRG_001";

    /// <summary><c>km proxy</c> cannot listen where it should.</summary>
    public const string CannotListen = "NET_LSN_001";

    /// <summary>A server that is reached over HTTP cannot be reached.</summary>
    public const string ServerUnreachable = "NET_UPS_001";

    /// <summary>A server that is reached over HTTP answered a message with an error of HTTP.</summary>
    public const string ServerRefused = "NET_UPS_002";

    /// <summary>A server that is reached over HTTP ended its answer before the response.</summary>
    public const string AnswerLost = "NET_UPS_003";

    /// <summary>A server that is reached over HTTP asks for authorization.</summary>
    public const string SignInRequired = "NET_AUT_001";

    /// <summary>The sign-in to a server that is reached over HTTP failed.</summary>
    public const string SignInFailed = "NET_AUT_002";

    /// <summary>A server that is reached over HTTP asks for tokens of another server.</summary>
    public const string WrongResource = "NET_AUT_003";

    /// <summary>A server that is reached over HTTP asks for a sign-in that km cannot do safely, or at all.</summary>
    public const string SignInUnsupported = "NET_AUT_004";

    /// <summary>The user, or the authorization server, denied the sign-in to a server.</summary>
    public const string SignInDenied = "NET_AUT_005";

    /// <summary>A request to <c>km proxy</c> came from a page or for a host that is not of this machine.</summary>
    public const string ForeignRequest = "NET_ORG_001";

    /// <summary>A policy forbids a session of <c>km proxy</c>.</summary>
    public const string SessionForbidden = "NET_POL_001";

    /// <summary><c>km proxy</c> has too many sessions to observe another, and a policy may require that.</summary>
    public const string TooManySessions = "NET_SES_001";
}
