using Kilometers.PluginHost.Launch;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>Whether there is a directory that plugins can be unpacked to and started from. Tried for real, and removed again.</summary>
internal sealed class RunDirectoryCheck : IDoctorCheck
{
    public string Name => "run directory";

    public Prerequisites Needs => Prerequisites.None;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken)
    {
        var paths = context.Command.Paths;
        using var directory = RunDirectory.Create(paths.HomeProblem is null ? paths.Home : null);
        return Task.FromResult<IReadOnlyList<Finding>>([Finding.Ok($"plugins can be started in {Path.GetDirectoryName(directory.Path)}")]);
    }
}
