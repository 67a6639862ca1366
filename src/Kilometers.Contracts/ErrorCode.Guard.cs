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
}
