using System.Reflection;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>The real programs. The published (Native AOT) ones where <c>test.sh</c> has published them, else those of the build.</summary>
internal static class Programs
{
    private static readonly string? Published = Environment.GetEnvironmentVariable("KM_TEST_PUBLISH_DIR");

    public static bool ArePublished => Published is not null;

    public static string Root { get; } = FindRoot();

    public static string Km => Existing(Published is { } folder ? Path.Combine(folder, "km") : Built("src/Kilometers.Cli", "km"));

    /// <summary>The program beside <see cref="Km"/> that does everything but relay.</summary>
    public static string KmHost =>
        KmFiles.Single(file =>
            Path.GetFileName(file) is "km-host" || Path.GetFileName(file).StartsWith("km-host-", StringComparison.Ordinal)
        );

    /// <summary>All that must lie in one folder for <see cref="Km"/> to run: what is published is two files, what is built has its assemblies.</summary>
    public static IEnumerable<string> KmFiles
    {
        get
        {
            var files = Directory.EnumerateFiles(Path.GetDirectoryName(Km)!);
            return ArePublished
                ? files.Where(file => file == Km || Path.GetFileName(file) is ['k', 'm', '-', 'h' or 'u', ..])
                : files.Where(file => Path.GetExtension(file) is not (".xml" or ".pdb"));
        }
    }

    public static string Kmpkg =>
        Existing(Published is { } folder ? Path.Combine(folder, "kmpkg") : Built("src/Kilometers.Packager", "kmpkg"));

    public static string ConsoleLogger =>
        Existing(
            Published is { } folder
                ? Path.Combine(folder, "plugins", "km-plugin-console-logger")
                : Built("src/plugins/ConsoleLogger", "km-plugin-console-logger")
        );

    public static string ApiLogger =>
        Existing(
            Published is { } folder
                ? Path.Combine(folder, "plugins", "km-plugin-api-logger")
                : Built("src/plugins/ApiLogger", "km-plugin-api-logger")
        );

    public static string Recorder =>
        Existing(
            Published is { } folder
                ? Path.Combine(folder, "plugins", "km-plugin-recorder")
                : Built("src/plugins/Recorder", "km-plugin-recorder")
        );

    public static string Analytics =>
        Existing(
            Published is { } folder
                ? Path.Combine(folder, "plugins", "km-plugin-analytics")
                : Built("src/plugins/Analytics", "km-plugin-analytics")
        );

    public static string Guard =>
        Existing(
            Published is { } folder ? Path.Combine(folder, "plugins", "km-plugin-guard") : Built("src/plugins/Guard", "km-plugin-guard")
        );

    public static string Otel =>
        Existing(Published is { } folder ? Path.Combine(folder, "plugins", "km-plugin-otel") : Built("src/plugins/Otel", "km-plugin-otel"));

    public static string KmApi =>
        Existing(Published is { } folder ? Path.Combine(folder, "km-api") : Built("src/Kilometers.Api", "km-api"));

    /// <summary>km's plugin host in a process of its own, with nothing else in it.</summary>
    public static string HostBench => Existing(Built("bench/HostBench", "km-host-bench"));

    public static string TestMcpServer => Existing(Built("tests/TestMcpServer", "TestMcpServer"));

    /// <summary>The sample server on the official SDK.</summary>
    public static string McpServer => Existing(Built("samples/McpServer", "McpServer"));

    /// <summary>The sample plugin on the SDK.</summary>
    public static string HelloPlugin => Existing(Built("samples/HelloPlugin", "km-plugin-hello"));

    /// <summary>A go-plugin plugin of another product.</summary>
    public static string RawPlugin => Existing(Built("tests/RawPlugin", "raw-plugin"));

    /// <summary>Native where <c>eng/publish.sh --tests</c> has published it.</summary>
    public static string TestPlugin { get; } =
        Published is { } folder && Path.Combine(folder, "tests", "km-plugin-test-plugin") is var native && File.Exists(native)
            ? native
            : Existing(Built("tests/TestPlugin", "km-plugin-test-plugin"));

    /// <summary>The plugin that tries what none may do.</summary>
    public static string HostilePlugin => Existing(Built("tests/HostilePlugin", "km-plugin-hostile"));

    /// <summary>Where Go programs are; null where there is no Go.</summary>
    public static string? GoFolder => Environment.GetEnvironmentVariable("KM_TEST_GO_DIR") is { Length: > 0 } folder ? folder : null;

    /// <summary>A Go program of <c>eng/build-go.sh</c>; skips the test, by name, where there is no Go.</summary>
    public static string Go(string name)
    {
        var folder = GoFolder;
        Assert.SkipWhen(
            folder is null,
            $"Go program '{name}': KM_TEST_GO_DIR is not set (./test.sh builds them where golang-go is installed)"
        );
        return Existing(Path.Combine(folder!, name));
    }

    /// <summary>An npm package's entry point; skips the test, by name, where npm has not installed it.</summary>
    public static string Npm(string path)
    {
        var folder = Environment.GetEnvironmentVariable("KM_TEST_NPM_DIR");
        Assert.SkipWhen(
            string.IsNullOrEmpty(folder),
            $"npm package '{path}': KM_TEST_NPM_DIR is not set (./test.sh installs them where npm is there)"
        );
        return Existing(Path.Combine(folder!, "node_modules", path));
    }

    private static string Built(string project, string name)
    {
        // …/tests/Kilometers.EndToEnd.Tests/bin/CONFIGURATION/net10.0/
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(
            Root,
            project,
            "bin",
            framework.Parent!.Name,
            framework.Name,
            OperatingSystem.IsWindows() ? name + ".exe" : name
        );
    }

    private static string Existing(string path) =>
        File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: build or publish first", path);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (!File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Km.slnx is in no parent folder");
        return folder.FullName;
    }
}
