using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kilometers.Samples.Quickstart;

/// <summary>The programs that were built together with this one, as seen from this one's own output folder.</summary>
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

    public string Packager => Find("src/Kilometers.Packager", "kmpkg");

    /// <summary>The folder of the console logger's files.</summary>
    public string ConsoleLogger => Path.GetDirectoryName(Find("src/plugins/ConsoleLogger", "km-plugin-console-logger"))!;

    public string ConsoleLoggerManifest => Path.Combine(_root, "src/plugins/ConsoleLogger/manifest.json");

    public string Api => Find("src/Kilometers.Api", "km-api");

    /// <summary>The folder of the api-logger's files.</summary>
    public string ApiLogger => Path.GetDirectoryName(Find("src/plugins/ApiLogger", "km-plugin-api-logger"))!;

    public string ApiLoggerManifest => Path.Combine(_root, "src/plugins/ApiLogger/manifest.json");

    /// <summary>This machine, as packages name it.</summary>
    public static string Platform { get; } =
        $"{(OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    public string McpServer => Find("samples/McpServer", "McpServer");

    /// <summary>Runs a program to its end and shows what it says.</summary>
    /// <returns>Whether its exit status is 0, and its last line of output.</returns>
    public static async Task<(bool Ok, string Said)> RunAsync(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        foreach (var line in (await errors + output).Split('\n', StringSplitOptions.RemoveEmptyEntries)) Console.WriteLine($"  {Path.GetFileNameWithoutExtension(program)}| {line}");
        return (process.ExitCode == 0, output.Trim().Split('\n')[^1]);
    }

    private string Find(string project, string name)
    {
        var file = Path.Combine(_root, project, "bin", _configuration, _framework, OperatingSystem.IsWindows() ? name + ".exe" : name);
        return File.Exists(file) ? file : throw new FileNotFoundException($"{name} is not built; expected it at {file}");
    }
}
