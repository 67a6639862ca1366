namespace Kilometers.Samples.Quickstart;

/// <summary>Where the programs lie that were built together with this one, as seen from this one's own output folder.</summary>
internal sealed class BuiltPrograms
{
    private readonly string _root, _configuration, _framework;

    public BuiltPrograms(string ownFolder)
    {
        // <root>/samples/Quickstart/bin/<configuration>/<framework>
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(ownFolder));
        var configuration = framework.Parent!;
        _framework = framework.Name;
        _configuration = configuration.Name;
        _root = configuration.Parent!.Parent!.Parent!.Parent!.FullName;
    }

    public string Km => Find("src/Kilometers.Cli", "km");

    public string ConsoleLogger => Find("src/plugins/ConsoleLogger", "km-plugin-console-logger");

    public string McpServer => Find("samples/McpServer", "McpServer");

    private string Find(string project, string name)
    {
        var file = Path.Combine(_root, project, "bin", _configuration, _framework, OperatingSystem.IsWindows() ? name + ".exe" : name);
        return File.Exists(file) ? file : throw new FileNotFoundException($"{name} is not built; expected it at {file}");
    }
}
