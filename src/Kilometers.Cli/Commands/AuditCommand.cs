using System.CommandLine;

namespace Kilometers.Cli.Commands;

/// <summary><c>km audit</c>: what km decided and did, and the proof that nobody changed the record of it.</summary>
internal static class AuditCommand
{
    public static Command Create() =>
        new("audit", "See what was decided and done, and verify the log of it.")
        {
            AuditShowCommand.Create(),
            AuditVerifyCommand.Create(),
            AuditWitnessCommand.Create(),
        };
}
