using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kilometers.Samples.Quickstart;

/// <summary>The programs of this repository, built in the configuration of this one, as seen from its own output folder.</summary>
internal sealed class BuiltPrograms
{
    private readonly string _root,
        _configuration,
        _framework;

    /// <summary>What measures a program's code while it runs, to compile it better later. Off (<c>0</c>) for those that run for seconds: it costs a fifth.</summary>
    public const string Profiling = "DOTNET_TieredPGO";

    public BuiltPrograms(string ownFolder)
    {
        // <root>/samples/Quickstart/bin/<configuration>/<framework>
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(ownFolder));
        var configuration = framework.Parent!;
        _framework = framework.Name;
        _configuration = configuration.Name;
        _root = configuration.Parent!.Parent!.Parent!.Parent!.FullName;
    }

    /// <summary>Builds them all, and shows each when it is done.</summary>
    /// <param name="built">Is told each project's name when it is done; others are being built then.</param>
    /// <returns>Whether it worked, and how long it took.</returns>
    public async Task<(bool Ok, string Said)> BuildAsync(Action<string> built)
    {
        var watch = Stopwatch.StartNew();
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["build", Path.Combine(_root, "eng/quickstart.slnf"), "-c", _configuration, "-v", "minimal", "--nologo"]
        )
        {
            RedirectStandardOutput = true,
        };
        start.Environment[Profiling] = "0";
        using var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // "  Kilometers.Cli -> /path/to/km.dll"
            if (line.Contains(" -> ", StringComparison.Ordinal))
            {
                var project = line.Split(" -> ")[0].Trim();
                Console.WriteLine($"  built {project}");
                built(project);
            }
            else if (line.Contains(": error ", StringComparison.Ordinal))
                Console.WriteLine(line);
        }

        await process.WaitForExitAsync();
        return (process.ExitCode == 0, $"{watch.Elapsed.TotalSeconds:0} s");
    }

    public string Km => Find("src/Kilometers.Cli", "km");

    public string Packager => Find("src/Kilometers.Packager", "kmpkg");

    /// <summary>The folder of the console logger's files.</summary>
    public string ConsoleLogger => Path.GetDirectoryName(Find("src/plugins/ConsoleLogger", "km-plugin-console-logger"))!;

    public string ConsoleLoggerManifest => Path.Combine(_root, "src/plugins/ConsoleLogger/manifest.json");

    /// <summary>The folder of the recorder's files.</summary>
    public string Recorder => Path.GetDirectoryName(Find("src/plugins/Recorder", "km-plugin-recorder"))!;

    public string RecorderManifest => Path.Combine(_root, "src/plugins/Recorder/manifest.json");

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
    public static async Task<(bool Ok, string Said)> RunAsync(
        string program,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    ) => Show(await FinishAsync(program, environment, arguments));

    /// <summary>Runs a program to its end, beside others.</summary>
    public static async Task<FinishedProgram> FinishAsync(
        string program,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new FinishedProgram(Path.GetFileNameWithoutExtension(program), process.ExitCode, output, await errors);
    }

    /// <summary>Shows what a program said.</summary>
    /// <returns>Whether its exit status is 0, and its last line of output.</returns>
    public static (bool Ok, string Said) Show(FinishedProgram program)
    {
        foreach (var line in (program.Errors + program.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Console.WriteLine($"  {program.Name}| {line}");
        return (program.Status == 0, program.Output.Trim().Split('\n')[^1]);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> ReadAsync(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await errors;
        await process.WaitForExitAsync();
        return output;
    }

    private string Find(string project, string name)
    {
        var file = Path.Combine(_root, project, "bin", _configuration, _framework, OperatingSystem.IsWindows() ? name + ".exe" : name);
        return File.Exists(file) ? file : throw new FileNotFoundException($"{name} is not built; expected it at {file}");
    }
}

/// <summary>What a program said and how it ended.</summary>
internal sealed record FinishedProgram(string Name, int Status, string Output, string Errors);
