namespace Kilometers.Contracts;

/// <content>What the guard plugin finds, and <c>km guard</c>.</content>
public static partial class ErrorCode
{
    /// <summary>A server changed a definition after it was approved.</summary>
    public const string GuardDefinitionChanged = "GRD_DEF_001";

    /// <summary>A server added a definition after the others were approved.</summary>
    public const string GuardDefinitionAdded = "GRD_DEF_002";

    /// <summary>A server removed a definition that was approved.</summary>
    public const string GuardDefinitionRemoved = "GRD_DEF_003";

    /// <summary>Guard could not look at all of something: it is too large, cut off, or not valid.</summary>
    public const string GuardNotChecked = "GRD_DEF_004";

    /// <summary>Two servers that run at the same time have tools of the same name.</summary>
    public const string GuardSameName = "GRD_NAM_001";

    /// <summary>A name looks like another one, or mixes alphabets.</summary>
    public const string GuardLookAlike = "GRD_NAM_002";

    /// <summary>A text has characters that a person does not see.</summary>
    public const string GuardHiddenText = "GRD_TXT_001";

    /// <summary>A text hides another one by an encoding.</summary>
    public const string GuardEncodedText = "GRD_TXT_002";

    /// <summary>A text gives the model instructions.</summary>
    public const string GuardInstructions = "GRD_TXT_003";

    /// <summary>What a tool can do does not fit what it says of itself.</summary>
    public const string GuardCapability = "GRD_CAP_001";

    /// <summary>A secret is in a message.</summary>
    public const string GuardSecret = "GRD_SEC_001";

    /// <summary>Personal data that a checksum proves is in a message.</summary>
    public const string GuardPersonalData = "GRD_PII_001";

    /// <summary>What guard keeps of a server is damaged or cannot be used.</summary>
    public const string GuardRecord = "GRD_REC_001";

    /// <summary>No server that guard knows, or more than one, fits what was given.</summary>
    public const string GuardNoServer = "GRD_REC_002";

    /// <summary>A request violates a rule of guard.json.</summary>
    public const string GuardRuleViolated = "GRD_RUL_001";

    /// <summary>A file of rules is not valid.</summary>
    public const string GuardRulesInvalid = "GRD_RUL_002";

    /// <summary>There are rules, and the subscription does not include them.</summary>
    public const string GuardRulesOff = "GRD_RUL_003";

    /// <summary>A request that violates a rule of guard.json was stopped.</summary>
    public const string GuardRuleStopped = "GRD_RUL_004";

    /// <summary>Rules deny requests, and no policy has them held: they only report.</summary>
    public const string GuardRulesOnlyReport = "GRD_RUL_005";

    /// <summary>What one server sent appears in the arguments to another.</summary>
    public const string GuardDataFlow = "GRD_FLW_001";

    /// <summary>A secret that one server sent leaves for another, or for an address.</summary>
    public const string GuardSecretFlow = "GRD_FLW_002";

    /// <summary>A call does what a result told the model to do.</summary>
    public const string GuardObeyed = "GRD_FLW_003";
}
