using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Forging;

/// <summary>Makes packages: as it stands a valid one, and with any part exchanged, what an attacker or a careless publisher would make.</summary>
internal sealed class PackageForge
{
    /// <summary>The listed files; what the tar holds follows from them unless <see cref="Tar"/> says otherwise.</summary>
    public List<ForgedFile> Files { get; set; } =
    [new("km-plugin-forged", Program(), true), new("data/readme.txt", "hello"u8.ToArray(), false)];

    public Func<PluginManifest, PluginManifest> Manifest { get; set; } = manifest => manifest;

    /// <summary>Changes the statement's JSON before it is signed.</summary>
    public Func<string, string> Statement { get; set; } = json => json;

    public string PayloadType { get; set; } = PackageStatement.PayloadType;

    public string PredicateType { get; set; } = PluginManifest.PredicateType;

    public ISigner Signer { get; set; } = TestAuthority.Trusted.Publisher;

    /// <summary>Changes the envelope's JSON after it was signed.</summary>
    public Func<string, string> Envelope { get; set; } = json => json;

    public Func<string, string> Chain { get; set; } = pem => pem;

    /// <summary>Changes the payload's members before they are packed; every size and digest is that of the result.</summary>
    public Func<List<TarMember>, IEnumerable<TarMember>> Tar { get; set; } = members => members;

    /// <summary>Changes the compressed payload before it is signed.</summary>
    public Func<byte[], byte[]> Payload { get; set; } = payload => payload;

    /// <summary>Changes the compressed payload after it was signed.</summary>
    public Func<byte[], byte[]> SwappedPayload { get; set; } = payload => payload;

    /// <summary>Changes the package's members.</summary>
    public Func<List<TarMember>, IEnumerable<TarMember>> Members { get; set; } = members => members;

    /// <summary>Changes the package's bytes.</summary>
    public Func<byte[], byte[]> Bytes { get; set; } = bytes => bytes;

    public static byte[] Build(Action<PackageForge>? change = null)
    {
        var forge = new PackageForge();
        change?.Invoke(forge);
        return forge.Build();
    }

    /// <summary>Where a package's payload begins.</summary>
    public static int PayloadStart(byte[] package)
    {
        var reader = new PackageReader(new MemoryStream(package));
        reader.ReadFront();
        return package.Length - 1024 - UstarHeader.Padding(reader.PayloadSize) - (int)reader.PayloadSize;
    }

    public static byte[] GZip(byte[] content, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, level, leaveOpen: true))
            gzip.Write(content);
        return compressed.ToArray();
    }

    /// <summary>Bytes that a seal can be appended to, and that do not compress to nothing.</summary>
    public static byte[] Program()
    {
        var bytes = new byte[20_000];
        new Random(7).NextBytes(bytes);
        "\u007fELF"u8.CopyTo(bytes);
        return bytes;
    }

    public byte[] Build()
    {
        // Fast: the end-to-end tests pack real programs again and again, and no gate cares how small they get.
        var payload = Payload(
            GZip(
                TarMember.Archive(
                    Tar([.. Files.Select(file => new TarMember(file.Path, file.Content) { IsExecutable = file.IsExecutable })])
                ),
                CompressionLevel.Fastest
            )
        );
        var json = Encoding.UTF8.GetBytes(
            Statement(
                Encoding.UTF8.GetString(
                    PackageJson.Write(
                        new PackageStatement
                        {
                            Type = PackageStatement.StatementType,
                            Subject =
                            [
                                new StatementSubject
                                {
                                    Name = PackageStatement.SubjectName,
                                    Digest = new SubjectDigest { Sha256 = Convert.ToHexStringLower(SHA256.HashData(payload)) },
                                },
                            ],
                            PredicateType = PredicateType,
                            Predicate = Manifest(Describe(payload.Length)),
                        }
                    )
                )
            )
        );
        var members = Members([
            new("kmpkg", "1\n"u8.ToArray()),
            new(
                "attestation.dsse.json",
                Encoding.UTF8.GetBytes(Envelope(Encoding.UTF8.GetString(DsseEnvelope.Sign(PayloadType, json, Signer))))
            ),
            new("chain.pem", Encoding.UTF8.GetBytes(Chain(Signer.ChainPem))),
            new("payload.tar.gz", SwappedPayload(payload)),
        ]);
        return Bytes(TarMember.Archive(members));
    }

    private PluginManifest Describe(long payloadSize) =>
        new()
        {
            Name = "forged",
            Version = "1.2.3",
            ReleaseSequence = 5,
            Description = "A plugin of the tests",
            Author = "The tests",
            Category = "logging",
            RequiredTier = "Free",
            ProtocolVersions = [1, 2],
            MinimumCliVersion = "1.0.0",
            Entrypoint = "km-plugin-forged",
            Os = "linux",
            Arch = "x64",
            PayloadSize = payloadSize,
            Files =
            [
                .. Files.Select(file => new PackagedFile
                {
                    Path = file.Path,
                    Sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Content)),
                    Size = file.Content.Length,
                    Mode = file.IsExecutable ? "0755" : "0644",
                }),
            ],
            Build = new BuildOrigin
            {
                Source = "tests",
                Commit = "",
                Time = TestAuthority.Start,
            },
        };
}

/// <summary>A file as a manifest lists it.</summary>
internal sealed record ForgedFile(string Path, byte[] Content, bool IsExecutable);

/// <summary>A member of a tar file, with any header.</summary>
internal sealed record TarMember(string Name, byte[] Content)
{
    public bool IsExecutable { get; init; }

    /// <summary>The size that the header tells; null: the true one.</summary>
    public long? ClaimedSize { get; init; }

    /// <summary>Changes the header; its checksum is made right afterwards.</summary>
    public Action<byte[]> Header { get; init; } = _ => { };

    public static TarMember Link(string name, char type, string target) =>
        new(name, [])
        {
            Header = header =>
            {
                header[156] = (byte)type;
                Encoding.ASCII.GetBytes(target, header.AsSpan(157));
            },
        };

    public static byte[] Archive(IEnumerable<TarMember> members)
    {
        using var archive = new MemoryStream();
        foreach (var member in members)
            member.Write(archive);
        archive.Write(new byte[1024]);
        return archive.ToArray();
    }

    private void Write(Stream archive)
    {
        var header = new byte[512];
        UstarHeader.Write(header, Name, ClaimedSize ?? Content.Length, IsExecutable);
        Header(header);
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ", header.AsSpan(148));
        archive.Write(header);
        archive.Write(Content);
        archive.Write(new byte[(512 - (Content.Length % 512)) % 512]);
    }
}
