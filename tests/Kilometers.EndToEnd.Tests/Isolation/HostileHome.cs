using System.Text.Json;
using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>A user who has installed the hostile plugin, and things that it would like to have.</summary>
internal sealed class HostileHome : IDisposable
{
    private const string Nobody = "65534";
    private readonly KmHomeFolder _home;
    private readonly bool _isOrdinary;

    /// <summary>Its maker's alone, as all that is made so.</summary>
    private readonly DirectoryInfo _closed = Directory.CreateTempSubdirectory("km-e2e-closed-");
    private string _km = Programs.Km;

    private HostileHome(bool isOrdinary, bool hasTestStart)
    {
        _isOrdinary = isOrdinary;
        _home = new KmHomeFolder { HasTestStart = hasTestStart };
    }

    public string Path => _home.Path;

    /// <summary>What km printed when the plugin was installed.</summary>
    public string InstallOutput { get; private set; } = "";

    /// <summary>A key of the user's.</summary>
    public string SshKey => _home.File("user/.ssh/id_ed25519");

    /// <summary>What another plugin keeps.</summary>
    public string OtherState => System.IO.Path.Combine(_home.Path, "state", "other", "secret");

    public string State => System.IO.Path.Combine(_home.Path, "state", "hostile");

    public static bool CanBeOrdinary => OperatingSystem.IsLinux() && Environment.UserName == "root" && File.Exists("/usr/bin/setpriv");

    public string Named(string name) => _home.File(name);

    /// <param name="isOrdinary">Whether everything is done as a user without rights; else as the user who runs the test.</param>
    /// <param name="mode">How the plugin breaks the protocol; empty: not at all.</param>
    /// <param name="limits">What its manifest asks for.</param>
    /// <param name="hasTestStart">Whether km starts it once when it is installed.</param>
    public static async Task<HostileHome> CreateAsync(
        bool isOrdinary,
        string mode = "",
        ResourceLimits? limits = null,
        bool hasTestStart = false
    )
    {
        Assert.SkipWhen(isOrdinary && !CanBeOrdinary, "as an ordinary user: only root can become one, with setpriv");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "isolation is tested on Linux");
        var home = new HostileHome(isOrdinary, hasTestStart);
        if (isOrdinary)
            home._km = Reachable(home.Named("program"));
        var folder = System.IO.Path.GetDirectoryName(Programs.HostilePlugin)!;
        var package = home.Named("hostile.kmpkg");
        await File.WriteAllBytesAsync(
            package,
            PackageForge.Build(forge =>
            {
                forge.Files =
                [
                    .. Directory
                        .EnumerateFiles(folder)
                        .Where(file => !file.EndsWith(".xml", StringComparison.Ordinal) && !file.EndsWith(".pdb", StringComparison.Ordinal))
                        .Order(StringComparer.Ordinal)
                        .Select(file => new ForgedFile(
                            System.IO.Path.GetFileName(file),
                            File.ReadAllBytes(file),
                            file == Programs.HostilePlugin
                        )),
                    new ForgedFile("mode", System.Text.Encoding.ASCII.GetBytes(mode + "\n"), false),
                ];
                forge.Manifest = manifest =>
                    manifest with
                    {
                        Name = "hostile",
                        Version = "1.0.0",
                        Entrypoint = "km-plugin-hostile",
                        Capabilities = new() { StateDirectory = true },
                        Limits = limits ?? new(),
                    };
            }),
            TestContext.Current.CancellationToken
        );
        var (status, output, errors) = await home._home.RunAsync("plugins", "install", package, "--yes");
        home.InstallOutput = output + errors;
        Assert.True(status == 0, errors);
        if (hasTestStart)
            Assert.Contains("It failed its test start", errors, StringComparison.Ordinal);
        foreach (var file in (string[])[home.SshKey, home.OtherState])
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, "secret", TestContext.Current.CancellationToken);
        }

        if (isOrdinary)
            Assert.Equal(0, await Commands.RunAsync("chown", "-R", $"{Nobody}:{Nobody}", System.IO.Path.GetDirectoryName(home.Path)!));
        return home;
    }

    /// <summary>A session whose server gives back what it gets; an ordinary user's begins in a folder that is closed to him.</summary>
    public KmProcess Monitor()
    {
        string[] monitor = ["monitor", "--", "cat"];
        return _isOrdinary
            ? KmProcess.Start(
                "setpriv",
                [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", _km, .. monitor],
                Variables(),
                _closed.CreateSubdirectory("working").FullName
            )
            : KmProcess.Start(Programs.Km, monitor, Variables());
    }

    /// <summary>The session, once the plugin runs.</summary>
    public async Task<KmProcess> MonitorAsync()
    {
        var km = Monitor();
        await WorksAsync(km);
        await Wait.ForAsync(() => km.Errors.Contains("✓ hostile v1.0.0", StringComparison.Ordinal), () => km.Errors);
        return km;
    }

    /// <summary>What goes in comes out.</summary>
    public static async Task WorksAsync(KmProcess km)
    {
        var line = $$"""{"jsonrpc":"2.0","method":"notifications/{{Guid.NewGuid():N}}"}""";
        await km.SendAsync(line);
        Assert.Equal(line, await km.ReadLineAsync());
    }

    /// <summary>Lets the plugin try something.</summary>
    /// <returns>What it says came of it.</returns>
    public static async Task<string> TryAsync(KmProcess km, string attempt, string target)
    {
        var marker = $"WARNING {attempt}: ";
        var before = km.Errors.Split(marker).Length;
        var line =
            $$$"""{"jsonrpc":"2.0","method":"hostile/try","params":{"attempt":{{{JsonSerializer.Serialize(attempt)}}},"target":{{{JsonSerializer.Serialize(target)}}}}}""";
        await km.SendAsync(line);
        Assert.Equal(line, await km.ReadLineAsync());
        await Wait.ForAsync(
            () => km.Errors.Split(marker) is var parts && parts.Length > before && parts[^1].Contains('\n', StringComparison.Ordinal),
            () => $"{attempt}: {km.Errors}"
        );
        return km.Errors.Split(marker)[^1].Split('\n')[0].Trim();
    }

    /// <summary>The process of the plugin, or of the server (<c>cat</c>).</summary>
    public static int ProcessOf(KmProcess km, string program) =>
        Processes.DescendantsOf(km.Id).Single(id => CommandOf(id).Contains(program, StringComparison.Ordinal));

    public void Dispose()
    {
        _home.Dispose();
        _closed.Delete(recursive: true);
    }

    /// <summary>A copy of km that other users can reach, wherever this repository lies.</summary>
    private static string Reachable(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Programs.KmFiles)
            File.Copy(file, System.IO.Path.Combine(folder, System.IO.Path.GetFileName(file)));
        return System.IO.Path.Combine(folder, System.IO.Path.GetFileName(Programs.Km));
    }

    private static string CommandOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Split('\0')[0];
        }
        catch (IOException)
        {
            return "";
        }
    }

    private Dictionary<string, string> Variables() =>
        new(_home.Environment)
        {
            ["HOME"] = _home.File("user"),
            ["TMPDIR"] = System.IO.Path.GetDirectoryName(_home.Path)!,
            ["XDG_RUNTIME_DIR"] = "",
        };
}
