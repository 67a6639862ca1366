using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Kilometers.Packager.Tests.Running;

/// <summary>The real kmpkg, in a folder of its own with keys of its own. The published (Native AOT) one where <c>test.sh</c> has published it.</summary>
internal sealed class Kmpkg : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly Lazy<string> SharedKeys = new(MakeKeys);

    public Kmpkg()
    {
        Folder = Directory.CreateTempSubdirectory("kmpkg-test-").FullName;
        Keys = Path.Combine(Folder, "keys");
        File.WriteAllText(
            Path.Combine(Folder, "manifest.json"),
            """
            {"name":"a-plugin","version":"1.2.3","releaseSequence":4,"description":"Of a test","author":"The tests","category":"logging",
            "requiredTier":"Free","protocolVersions":[1,2],"minimumCliVersion":"1.0.0","entrypoint":"run","capabilities":{"network":["api.example.com:443"]}}
            """
        );
        Directory.CreateDirectory(Path.Combine(Folder, "payload"));
        File.Copy(Launcher, Path.Combine(Folder, "payload", "run"));
        File.WriteAllText(Path.Combine(Folder, "payload", "data.txt"), "data");
    }

    public static string Executable { get; } =
        Environment.GetEnvironmentVariable("KM_TEST_PUBLISH_DIR") is { Length: > 0 } published
            ? Path.Combine(published, "kmpkg")
            : Launcher;

    /// <summary>A small executable of this system, which takes no time to pack: what a payload can hold in a program's place.</summary>
    private static string Launcher => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "kmpkg.exe" : "kmpkg");

    public static string Repository { get; } = FindRepository();

    public string Folder { get; }

    public string Keys { get; }

    /// <summary>With keys in it, copied from ones that were made once: making them takes seconds.</summary>
    public static Kmpkg WithKeys()
    {
        var kmpkg = new Kmpkg();
        Copy(SharedKeys.Value, kmpkg.Keys);
        return kmpkg;
    }

    public string In(string file) => Path.Combine(Folder, file);

    public Outcome Run(params string[] arguments) => RunProgram(Executable, arguments);

    /// <summary>Runs what must succeed.</summary>
    /// <returns>Its output.</returns>
    public string Succeed(params string[] arguments)
    {
        var outcome = Run(arguments);
        Assert.True(outcome.Status == 0, $"kmpkg {string.Join(' ', arguments)}\n{outcome.Output}{outcome.Errors}");
        return outcome.Output;
    }

    /// <summary>Packs what lies in the folder, into <c>packages</c>. It is not a plugin, so it is not started.</summary>
    /// <returns>The package's path.</returns>
    public string Pack(params string[] more) => PackInto("packages", more);

    public string PackInto(string folder, params string[] more) =>
        Succeed(["pack", "--no-start", "--manifest", In("manifest.json"), "--payload", In("payload"), "--output", In(folder), .. more])
            .TrimEnd()
            .Split('\n')[^1];

    public JsonNode Json(params string[] arguments) => JsonNode.Parse(Run([.. arguments, "--json"]).Output)!;

    public Outcome RunProgram(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["KM_KEYS"] = Keys;
        start.Environment.Remove("SOURCE_DATE_EPOCH");
        start.Environment.Remove("KM_API_KEY");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', start.ArgumentList)} does not end");
        }

        return new Outcome(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string MakeKeys()
    {
        var kmpkg = new Kmpkg();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => kmpkg.Dispose();
        kmpkg.Succeed("keys", "init", "--organization", "Tests");
        return kmpkg.Keys;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
                return folder.FullName;
        throw new DirectoryNotFoundException("Km.slnx is in no folder above the tests");
    }
}

/// <summary>What a program said and how it ended.</summary>
internal sealed record Outcome(int Status, string Output, string Errors);
