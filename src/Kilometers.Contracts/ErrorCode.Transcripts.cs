namespace Kilometers.Contracts;

/// <content>Codes of what is done with whole sessions.</content>
public static partial class ErrorCode
{
    /// <summary>An export could not be written.</summary>
    public const string ExportNotWritten = "REC_EXP_001";

    /// <summary>A file is not an export that km can read.</summary>
    public const string NotAnExport = "REC_IMP_001";

    /// <summary>A session that is to be imported is recorded already.</summary>
    public const string SessionKnown = "REC_IMP_002";

    /// <summary>A client asked a replay for something that was not recorded.</summary>
    public const string UnexpectedRequest = "REC_RPL_001";

    /// <summary>A session cannot be replayed.</summary>
    public const string NotReplayable = "REC_RPL_002";
}
