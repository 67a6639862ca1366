using Kilometers.Files;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>The directory for km's files: that there is one, that nobody else can change it, and that km can write there.</summary>
internal sealed class HomeCheck : IDoctorCheck
{
    public string Name => "home";

    public Prerequisites Needs => Prerequisites.None;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>([Find(context.Command.Paths)]);

    private static Finding Find(PluginPaths paths)
    {
        if (paths.HomeProblem is { } problem)
            return Finding.Of(problem);
        if (!Directory.Exists(paths.Home))
            return Finding.Ok($"{paths.Home} does not exist yet: km init makes it");
        var probe = Path.Combine(paths.Home, $".km-doctor-{Environment.ProcessId}");
        try
        {
            PrivateFile.CreateDirectory(probe);
            Directory.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Finding
            {
                Severity = Severity.Error,
                Summary = $"{paths.Home} cannot be written",
                Detail = e.Message,
                Hint = "Check its owner and mode, and that the disk is not full.",
            };
        }

        return Finding.Ok(paths.Home);
    }
}
