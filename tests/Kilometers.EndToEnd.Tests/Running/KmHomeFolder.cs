using System.Runtime.InteropServices;
using System.Text.Json;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>A user's directory of km of one test's own, with commands run in it, and what they left there.</summary>
internal sealed class KmHomeFolder : IDisposable
{
    private readonly Workspace _workspace = new();

    /// <param name="isTrusting">Whether the root of the test's packages is trusted.</param>
    /// <param name="name">The directory's name.</param>
    public KmHomeFolder(bool isTrusting = true, string name = "home")
    {
        Path = _workspace.File(name);
        Modes.Folder(Path);
        if (!isTrusting)
            return;
        var roots = Modes.Folder(System.IO.Path.Combine(Path, "trust.d"));
        System.IO.File.WriteAllText(
            System.IO.Path.Combine(roots, "test.pem"),
            TestAuthority.Trusted.RootCertificate.ExportCertificatePem()
        );
    }

    public string Path { get; }

    /// <summary>What a package's program says first of all. km shows the last words of a program that is not a plugin, so this would be among them.</summary>
    public const string FirstWords = "the program of the package was started";

    /// <summary>A file that a started plugin would make where nothing confines it.</summary>
    public string Marker => _workspace.File("started");

    /// <summary>Most packages of the tests hold a script that is not a plugin: only tests about the test start want one.</summary>
    public bool HasTestStart { get; init; }

    /// <summary>Whether each session has a host of its own: one that another test started sees what that test sees.</summary>
    public bool IsPrivate { get; init; }

    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string>
        {
            ["KM_HOME"] = Path,
            ["KM_HOST"] = IsPrivate ? "private" : "",
            ["KM_TEST_START"] = HasTestStart ? "true" : "false",
        };

    public string File(string name) => _workspace.File(name);

    public string Installed(string plugin) => System.IO.Path.Combine(Path, "plugins", plugin + ".kmpkg");

    /// <summary>The directory's files below <c>plugins</c>.</summary>
    public IReadOnlyList<string> Plugins =>
        Directory.Exists(System.IO.Path.Combine(Path, "plugins"))
            ?
            [
                .. Directory
                    .EnumerateFileSystemEntries(System.IO.Path.Combine(Path, "plugins"))
                    .Select(file => System.IO.Path.GetFileName(file)!)
                    .Order(),
            ]
            : [];

    /// <summary>The audit log's records, without the four that each session makes of itself (<see cref="AuditWithSessions"/>).</summary>
    public List<JsonElement> Audit =>
        [
            .. AuditWithSessions.Where(record =>
                record.GetProperty("event").GetString()
                    is not ("session.started" or "session.program" or "session.client" or "session.ended")
            ),
        ];

    /// <summary>All of the audit log's records. What the host still does for a session that has ended is waited for.</summary>
    public List<JsonElement> AuditWithSessions
    {
        get
        {
            Processes.WaitForEndedSessionsOf(Path);
            var log = System.IO.Path.Combine(Path, "audit", "audit.jsonl");
            var text = System.IO.File.Exists(log) ? System.IO.File.ReadAllText(log) : "";

            // A line that is being written does not count yet.
            return [.. text.Split('\n')[..^1].Select(line => JsonElement.Parse(line))];
        }
    }

    /// <summary>No program of a package was started, as far as km's words and the marker tell.</summary>
    public void AssertNothingStarted(string errors)
    {
        Assert.DoesNotContain(FirstWords, errors, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(Marker));
    }

    /// <summary>A package file whose program, if it ever ran, would say its first words and leave the marker.</summary>
    public string Package(Action<PackageForge>? change = null, string name = "package.kmpkg")
    {
        var path = File(name);
        System.IO.File.WriteAllBytes(
            path,
            PackageForge.Build(forge =>
            {
                forge.Files[0] = forge.Files[0] with
                {
                    Content = System.Text.Encoding.ASCII.GetBytes($"#!/bin/sh\necho '{FirstWords}' >&2\n: > '{Marker}'\n"),
                };
                change?.Invoke(forge);
            })
        );
        return path;
    }

    /// <summary>The real console logger as a signed package.</summary>
    public string ConsoleLogger(Func<PluginManifest, PluginManifest>? change = null)
    {
        var folder = System.IO.Path.GetDirectoryName(Programs.ConsoleLogger)!;
        var path = File("console-logger.kmpkg");
        System.IO.File.WriteAllBytes(
            path,
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
                            System.IO.File.ReadAllBytes(file),
                            file == Programs.ConsoleLogger
                        )),
                ];
                forge.Manifest = manifest =>
                {
                    var logger = manifest with { Name = "console-logger", Version = "1.0.0", Entrypoint = "km-plugin-console-logger" };
                    return change?.Invoke(logger) ?? logger;
                };
            })
        );
        return path;
    }

    /// <summary>Installs the real recorder.</summary>
    public Task InstallRecorderAsync() =>
        InstallFirstPartyAsync(
            "recorder",
            Programs.Recorder,
            // The built program has SQLite's library in a folder that its list of dependencies names.
            Programs.ArePublished
                ? []
                :
                [
                    System.IO.Path.Combine(
                        System.IO.Path.GetDirectoryName(Programs.Recorder)!,
                        "runtimes",
                        RuntimeInformation.RuntimeIdentifier,
                        "native",
                        "libe_sqlite3.so"
                    ),
                ]
        );

    /// <summary>Installs the real guard.</summary>
    public Task InstallGuardAsync() => InstallFirstPartyAsync("guard", Programs.Guard, []);

    private async Task InstallFirstPartyAsync(string name, string program, string[] libraries)
    {
        var package = File($"{name}.kmpkg");
        await System.IO.File.WriteAllBytesAsync(
            package,
            PackageForge.Build(forge =>
            {
                forge.Files = [.. FilesOf(program, libraries)];
                forge.Manifest = manifest =>
                    manifest with
                    {
                        Name = name,
                        Version = "1.0.0",
                        Entrypoint = System.IO.Path.GetFileName(program),
                        ProtocolVersions = [2],
                        Capabilities = new PluginCapabilities { StateDirectory = true },
                    };
            }),
            TestContext.Current.CancellationToken
        );
        var (status, _, errors) = await RunAsync("plugins", "install", package, "--yes");
        Assert.True(status == 0, errors);
    }

    /// <summary>The published program is one file, the built one has its assemblies beside it.</summary>
    private static IEnumerable<ForgedFile> FilesOf(string program, string[] libraries)
    {
        if (Programs.ArePublished)
            return [Read(program)];
        return Directory
            .EnumerateFiles(System.IO.Path.GetDirectoryName(program)!)
            .Where(file =>
                System.IO.Path.GetExtension(file) is ".dll" or "" || file.EndsWith(".runtimeconfig.json", StringComparison.Ordinal)
            )
            .Concat(libraries)
            .Select(Read)
            .OrderBy(file => file.Path, StringComparer.Ordinal);

        ForgedFile Read(string file) => new(System.IO.Path.GetFileName(file), System.IO.File.ReadAllBytes(file), file == program);
    }

    /// <summary>Installs the real test plugin as a signed package, <c>test-plugin</c> 1.2.3.</summary>
    /// <returns>What the user was shown.</returns>
    public async Task<string> InstallTestPluginAsync(Func<Contracts.Packages.PluginManifest, Contracts.Packages.PluginManifest> change)
    {
        var folder = System.IO.Path.GetDirectoryName(Programs.TestPlugin)!;
        var package = File("test-plugin.kmpkg");
        await System.IO.File.WriteAllBytesAsync(
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
                            System.IO.File.ReadAllBytes(file),
                            file == Programs.TestPlugin
                        )),
                ];
                forge.Manifest = manifest =>
                    change(manifest with { Name = "test-plugin", Version = "1.2.3", Entrypoint = "km-plugin-test-plugin" });
            }),
            TestContext.Current.CancellationToken
        );
        var (status, _, errors) = await RunAsync("plugins", "install", package, "--yes");
        Assert.True(status == 0, errors);
        return errors;
    }

    /// <summary>Runs a command of km to its end.</summary>
    public Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments) => RunInAsync(Path, arguments);

    /// <summary>The same in another directory.</summary>
    public async Task<(int Status, string Output, string Errors)> RunInAsync(string directory, string[] arguments)
    {
        await using var km = KmProcess.Start(Programs.Km, arguments, Environment, directory);
        km.CloseInput();
        var output = await new StreamReader(km.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (await km.ExitAsync(), output, km.Errors);
    }

    public void Dispose()
    {
        Processes.WaitForHostsOf(Path);
        _workspace.Dispose();
    }
}
