using Kilometers.Contracts;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>What the checks look at.</summary>
internal sealed class DoctorContext(CommandContext command)
{
    /// <summary>What every command has.</summary>
    public CommandContext Command { get; } = command;

    /// <summary>Looks up a variable of the environment.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The program that runs.</summary>
    public string? Program { get; init; } = OwnProgram.RelayPath;

    /// <summary>Whether the API may be asked.</summary>
    public bool IsOffline { get; init; }

    /// <summary>How long the API may take.</summary>
    public TimeSpan ApiLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What cannot be used of what a check needs; null if it can be run.</summary>
    public string? WhyNot(Prerequisites needs) =>
        needs.HasFlag(Prerequisites.Home) && Command.Paths.HomeProblem is not null ? "not checked: km has no directory for its files"
        : needs.HasFlag(Prerequisites.Settings) && !CanUseSettings() ? "not checked: the settings cannot be used"
        : null;

    private bool CanUseSettings()
    {
        try
        {
            var settings = Command.Settings();
            return KmSettings.All.All(setting => setting.Check(settings.Find(setting).Value) is null);
        }
        catch (KmException)
        {
            return false;
        }
    }
}
