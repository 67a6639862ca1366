using Kilometers.Contracts;

namespace Kilometers.Audit;

/// <summary>What can go wrong with the log, in the form in which it is shown.</summary>
internal static class AuditErrors
{
    public static KmException NotWritten(string directory, string why) =>
        new(
            new KmError(
                ErrorCode.AuditNotWritten,
                "The audit log cannot be written",
                why,
                $"Make {directory} your own, writable by you and nobody else. If it is damaged, see: km audit verify"
            )
        );

    public static KmException NotRead(string directory, string why) =>
        new(new KmError(ErrorCode.AuditNotRead, "The audit log cannot be read", why, $"Check {directory}; see also: km audit verify"));
}
