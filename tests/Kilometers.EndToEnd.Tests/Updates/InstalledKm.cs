using System.Text;
using System.Text.Json.Nodes;
using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;

namespace Kilometers.EndToEnd.Tests.Updates;

/// <summary>
/// A km in a folder of its own that may be replaced, with releases of it: the same two programs with another version in them. A published
/// program is one file. That of the build is a small launcher with its assemblies beside it; a release is then a launcher of patched ones,
/// which lie there already.
/// </summary>
internal sealed class InstalledKm : IDisposable
{
    public const string Version = "1.0.0";

    // Before a text of five bytes in the metadata of Native AOT, behind which anything may follow.
    private const byte AotLength = 5 << 1;
    private readonly byte[] _original;

    public InstalledKm()
    {
        Home = new KmHomeFolder();
        Folder = Modes.Folder(Home.File("program"));
        Copy(Folder);
        _original = File.ReadAllBytes(Path);
    }

    public KmHomeFolder Home { get; }

    public string Folder { get; }

    public string Path => System.IO.Path.Combine(Folder, "km");

    public bool IsOriginal => File.ReadAllBytes(Path).AsSpan().SequenceEqual(_original);

    /// <summary>What is in the folder beyond what was there at first; the lock stays.</summary>
    public IEnumerable<string> Leftovers =>
        Directory
            .EnumerateFileSystemEntries(Folder, "*km*")
            .Select(entry => System.IO.Path.GetFileName(entry)!)
            .Where(name =>
                name.StartsWith("km.new", StringComparison.Ordinal)
                || name.StartsWith("km.previous.", StringComparison.Ordinal)
                || (name.StartsWith(".km-update", StringComparison.Ordinal) && name != ".km-update.lock")
            );

    /// <summary>Whose releases this km accepts.</summary>
    public static ISigner Publisher => Programs.ArePublished ? BuiltInPublisher() : TestAuthority.Trusted.KmPublisher;

    /// <summary>The program of another version.</summary>
    public byte[] Program(string version) => OfVersion(version, "km", "km");

    /// <summary>The host of another version.</summary>
    public byte[] Host(string version) =>
        OfVersion(version, "km-host", Programs.ArePublished ? KmRelease.ProgramsBeside(Version, "linux")[0] : "km-host");

    /// <summary>A signed release, with any part exchanged.</summary>
    public byte[] Release(string version, long sequence, byte[]? program = null, Action<PackageForge>? change = null) =>
        PackageForge.Build(forge =>
        {
            forge.PredicateType = KmRelease.PredicateType;
            forge.Signer = Publisher;
            forge.Files = program is null
                ?
                [
                    new ForgedFile("km", Program(version), true),
                    new ForgedFile(KmRelease.ProgramsBeside(version, "linux")[0], Host(version), true),
                ]
                : [new ForgedFile("km", program, true)];
            forge.Manifest = manifest =>
                manifest with
                {
                    Name = "km",
                    Version = version,
                    ReleaseSequence = sequence,
                    MinimumCliVersion = "0.1.0",
                    Entrypoint = "km",
                    Arch = Accounts.ApiServer.Platform.Split('-')[1],
                };
            change?.Invoke(forge);
        });

    /// <summary>A release of a program that is a shell script.</summary>
    public byte[] Script(string version, long sequence, string script) =>
        Release(version, sequence, Encoding.ASCII.GetBytes("#!/bin/sh\n" + script + "\n"));

    public KmProcess Start(string endpoint, params string[] arguments) =>
        KmProcess.Start(Path, arguments, new Dictionary<string, string>(Home.Environment) { ["KM_API_ENDPOINT"] = endpoint }, Home.Path);

    public async Task<(int Status, string Output, string Errors)> RunAsync(string endpoint, params string[] arguments)
    {
        await using var km = Start(endpoint, arguments);
        km.CloseInput();
        var output = await new StreamReader(km.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (await km.ExitAsync(), output, km.Errors);
    }

    /// <summary>Asks the program in place.</summary>
    public async Task<string> AskVersionAsync() => (await RunAsync("http://127.0.0.1:9", "version")).Output.Trim();

    public void Dispose() => Home.Dispose();

    private static void Copy(string folder)
    {
        foreach (var file in Programs.KmFiles)
            File.Copy(file, System.IO.Path.Combine(folder, System.IO.Path.GetFileName(file)));
    }

    private byte[] OfVersion(string version, string assembly, string file)
    {
        var original = File.ReadAllBytes(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Programs.Km)!, file));
        if (Programs.ArePublished)
            return Patch(original, version);
        var folder = System.IO.Path.Combine(Folder, "v" + version);
        if (!Directory.Exists(folder))
        {
            Copy(Modes.Folder(folder));
            foreach (var patched in (string[])["km.dll", "km-host.dll"])
            {
                var path = System.IO.Path.Combine(folder, patched);
                File.WriteAllBytes(path, Patch(File.ReadAllBytes(path), version));
            }
        }

        // The launcher has room for a longer path.
        var at = original.AsSpan().IndexOf(Encoding.ASCII.GetBytes(assembly + ".dll\0"));
        Encoding.ASCII.GetBytes($"v{version}/{assembly}.dll\0").CopyTo(original.AsSpan(at));
        return original;
    }

    /// <summary>Exchanges the version wherever it stands alone, not as a part of a longer one.</summary>
    private static byte[] Patch(byte[] program, string version)
    {
        Assert.Equal(Version.Length, version.Length);
        var (patched, old, count) = (program.ToArray(), Encoding.ASCII.GetBytes(Version), 0);
        for (var at = 1; at + old.Length < program.Length; at++)
        {
            if (
                !program.AsSpan(at).StartsWith(old)
                || IsPart(program[at - 1])
                || (program[at - 1] != AotLength && IsPart(program[at + old.Length]))
            )
                continue;
            Encoding.ASCII.GetBytes(version).CopyTo(patched.AsSpan(at));
            count++;
        }

        Assert.NotEqual(0, count);
        return patched;

        static bool IsPart(byte b) => b is >= (byte)'0' and <= (byte)'9' or (byte)'.';
    }

    private static PemSigner BuiltInPublisher()
    {
        var keys = Environment.GetEnvironmentVariable("KM_KEYS") is { Length: > 0 } folder
            ? folder
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config", "kilometers", "keys");
        Assert.SkipWhen(
            !File.Exists(System.IO.Path.Combine(keys, "state.json")),
            "the keys under whose root the published km was made are not here"
        );
        var active = (string?)JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(keys, "state.json")))!["activeKmLeaf"];
        Assert.SkipWhen(
            active is null,
            "the keys under whose root the published km was made have none for releases of km: kmpkg keys rotate --km"
        );
        var leaf = System.IO.Path.Combine(keys, active!);
        return new PemSigner(
            File.ReadAllText(System.IO.Path.Combine(leaf, "chain.pem")),
            File.ReadAllText(System.IO.Path.Combine(leaf, "key.pem"))
        );
    }
}
