namespace Kilometers.Cli.Commands.Doctor;

/// <summary>All checks, in the order in which they are shown: what others depend on comes first.</summary>
internal static class DoctorChecks
{
    public static IReadOnlyList<IDoctorCheck> All { get; } =
    [
        new ProgramCheck(),
        new HomeCheck(),
        new SettingsCheck(),
        new AccountCheck(),
        new ApiCheck(),
        new ClientsCheck(),
        new PluginsCheck(),
        new PolicyCheck(),
        new IsolationCheck(),
        new RunDirectoryCheck(),
        new SessionsCheck(),
        new AuditCheck(),
        new TerminalCheck(),
    ];
}
