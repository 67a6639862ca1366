namespace Kilometers.Contracts;

/// <content>Codes of what is done with whole sessions.</content>
public static partial class ErrorCode
{
    /// <summary>An export could not be written.</summary>
    public const string ExportNotWritten = "REC_EXP_001";
}
