using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>Which km this is, and whether it is the one that a shell or a client would start.</summary>
internal sealed class ProgramCheck : IDoctorCheck
{
    public string Name => "program";

    public Prerequisites Needs => Prerequisites.None;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken)
    {
        var own = context.Program;
        var found = new List<Finding> { Finding.Ok($"km {RootCommandLine.Version} for {HostPolicy.Platform}", own) };
        var onPath = (context.Environment("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "km.exe" : "km"))
            .FirstOrDefault(File.Exists);
        if (onPath is null)
            found.Add(
                Finding.Warning(
                    "km is not on the PATH",
                    "A client finds \"command\": \"km\" only on its own PATH, which is often shorter than your shell's.",
                    "Write the full path of km into the client's configuration, or put its folder on the PATH."
                )
            );
        else if (own is not null && Final(onPath) != Final(own))
            found.Add(
                Finding.Warning(
                    "The km on the PATH is another one",
                    $"{onPath} is started by \"km\"; this is {own}.",
                    "Remove the one that you do not want, or call the other by its full path."
                )
            );
        return Task.FromResult<IReadOnlyList<Finding>>(found);
    }

    private static string Final(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return path;
        }
    }
}
