namespace Kilometers.Cli.Commands;

/// <summary>Programs that belong beside this one. Their names carry the version, so that those of two versions can lie side by side.</summary>
internal static class BesideProgram
{
    private static readonly string Ending = OperatingSystem.IsWindows() ? ".exe" : "";

    /// <summary>Where an installed one is.</summary>
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, $"{name}-{RootCommandLine.Version}{Ending}");

    /// <summary>Finds one.</summary>
    /// <returns>Null where it is not there.</returns>
    public static string? Find(string name)
    {
        // The plain name is that of a build, which is not installed.
        string[] places = [PathOf(name), Path.Combine(AppContext.BaseDirectory, name + Ending)];
        return places.FirstOrDefault(File.Exists);
    }
}
