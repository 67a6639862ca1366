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
}
