using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>Whatever comes, the answer is a refusal in the documented form; nothing else is thrown, nothing is believed.</summary>
public sealed class FuzzTests
{
    private static readonly byte[] Valid = PackageForge.Build();
    private static readonly PluginManifest Manifest = ReadManifest();

    [Fact]
    public void RandomBytes_AreRefused() => Gen.Byte.Array[0, 4000].Sample(AssertRefused, iter: 2000);

    [Fact]
    public void RandomOuterHeaders_AreRefused() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 511], Gen.Byte.Array[1, 40])
            .Sample(
                (which, at, bytes) =>
                {
                    var isChanged = false;
                    var package = PackageForge.Build(forge =>
                        forge.Members = members =>
                        {
                            members[which] = members[which] with { Header = header => isChanged = Scribble(header, at, bytes) };
                            return members;
                        }
                    );
                    if (isChanged)
                        AssertRefused(package);
                },
                iter: 300
            );

    [Fact]
    public void RandomPayloadHeaders_AreRefused() =>
        Gen.Select(Gen.Int[0, 1], Gen.Int[0, 511], Gen.Byte.Array[1, 40])
            .Sample(
                (which, at, bytes) =>
                {
                    var members = new List<TarMember>
                    {
                        new("km-plugin-forged", [1, 2, 3]) { IsExecutable = true },
                        new("data/readme.txt", [4, 5]),
                    };
                    var untouched = TarMember.Archive(members);
                    members[which] = members[which] with { Header = header => Scribble(header, at, bytes) };
                    var tar = TarMember.Archive(members);
                    if (tar.AsSpan().SequenceEqual(untouched))
                        return;
                    Assert.Throws<PackageFormatException>(() =>
                        PayloadExtractor.Extract(new MemoryStream(PackageForge.GZip(tar)), Manifest, null, CancellationToken.None)
                    );
                },
                iter: 3000
            );

    [Fact]
    public void RandomCompressedPayloads_AreRefused() =>
        Gen
            .Byte.Array[0, 2000]
            .Sample(
                payload =>
                    Assert.Throws<PackageFormatException>(() =>
                        PayloadExtractor.Extract(new MemoryStream(payload), Manifest, null, CancellationToken.None)
                    ),
                iter: 3000
            );

    [Fact]
    public void RandomTarBytes_AreRefused() =>
        Gen
            .Byte.Array[0, 3000]
            .Sample(
                tar =>
                    Assert.Throws<PackageFormatException>(() =>
                        PayloadExtractor.Extract(new MemoryStream(PackageForge.GZip(tar)), Manifest, null, CancellationToken.None)
                    ),
                iter: 2000
            );

    /// <summary>JSON that is nearly a statement: a piece of a valid one exchanged for another, or for random text.</summary>
    [Fact]
    public void RandomStatements_AreReadOrRefused()
    {
        var valid = Encoding.UTF8.GetString(DsseEnvelope.Parse(Attestation()).Payload);
        string[] pieces =
        [
            "null",
            "[]",
            "{}",
            "\"\"",
            "1e999",
            "-1",
            "true",
            "\"\\ud800\"",
            "\"\u0000\"",
            "[null]",
            "{\"a\":1,\"a\":2}",
            new string('[', 40),
            "\u00e9",
            "",
        ];
        var changes = Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Int[0, 60], Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]));
        changes
            .Array[1, 3]
            .Sample(
                edits =>
                {
                    var json = valid;
                    foreach (var (at, length, piece) in edits)
                    {
                        var start = Math.Min(at, json.Length);
                        json = string.Concat(json.AsSpan(0, start), piece, json.AsSpan(Math.Min(json.Length, start + length)));
                    }

                    AssertReadOrRefused(Encoding.UTF8.GetBytes(json));
                },
                iter: 20_000
            );
    }

    [Fact]
    public void RandomBytesInAStatement_AreReadOrRefused()
    {
        var valid = DsseEnvelope.Parse(Attestation()).Payload;
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte.Array[1, 3])
            .Array[1, 4]
            .Sample(
                edits =>
                {
                    var json = (byte[])valid.Clone();
                    foreach (var (at, bytes) in edits)
                        bytes.AsSpan(0, Math.Min(bytes.Length, json.Length - at)).CopyTo(json.AsSpan(at));
                    AssertReadOrRefused(json);
                },
                iter: 20_000
            );
    }

    [Fact]
    public void RandomEnvelopes_AreRefused()
    {
        var valid = Attestation();
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte.Array[1, 6])
            .Sample(
                (at, bytes) =>
                {
                    var json = (byte[])valid.Clone();
                    bytes.AsSpan(0, Math.Min(bytes.Length, json.Length - at)).CopyTo(json.AsSpan(at));
                    if (json.AsSpan().SequenceEqual(valid))
                        return;
                    try
                    {
                        Assert.False(DsseEnvelope.Read(json).IsSignedBy(TestAuthority.Trusted.LeafKey));
                    }
                    catch (PackageFormatException)
                    {
                        // The documented refusal.
                    }
                },
                iter: 20_000
            );
    }

    [Fact]
    public void RandomCertificates_AreRefused()
    {
        var valid = Encoding.ASCII.GetBytes(TestAuthority.Trusted.Publisher.ChainPem);
        string[] texts = ["A", "/", "+", "=", "\n", "-", "Zz9", "MIIB", "BgUr", " "];
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Int[0, texts.Length - 1].Select(i => texts[i]))
            .Array[1, 3]
            .Sample(
                edits =>
                {
                    var pem = (byte[])valid.Clone();
                    foreach (var (at, text) in edits)
                        Encoding.ASCII.GetBytes(text.AsSpan(0, Math.Min(text.Length, pem.Length - at)), pem.AsSpan(at));
                    if (pem.AsSpan().SequenceEqual(valid))
                        return;
                    Assert.Throws<PackageFormatException>(() =>
                    {
                        using var chain = CertificateChain.Read(pem);
                        chain.Verify([TestAuthority.Trusted.Root], SignerRole.Publisher, TestAuthority.Now);
                    });
                },
                iter: 2000
            );
    }

    private static byte[] Attestation() => new PackageReader(new MemoryStream(Valid)).ReadFront().Attestation;

    private static PluginManifest ReadManifest()
    {
        var forge = new PackageForge { Files = [new("km-plugin-forged", [1, 2, 3], true), new("data/readme.txt", [4, 5], false)] };
        return new PackageVerifier(Verdict.Policy).VerifyFront(new MemoryStream(forge.Build())).Manifest;
    }

    /// <returns>Whether the header is another one now; its checksum is made right afterwards, so what stood there does not count.</returns>
    private static bool Scribble(byte[] header, int at, byte[] bytes)
    {
        var before = header.ToArray();
        bytes.AsSpan(0, Math.Min(bytes.Length, 512 - at)).CopyTo(header.AsSpan(at));
        return Enumerable.Range(0, 512).Any(position => (position < 148 || position > 155) && before[position] != header[position]);
    }

    private static void AssertRefused(byte[] package)
    {
        var verification = new PackageVerifier(Verdict.Policy).Verify(
            new MemoryStream(package),
            new MemoryStream(),
            null,
            null,
            CancellationToken.None
        );
        Assert.False(verification.IsVerified);
        Assert.NotNull(verification.Error);
        _ = UnverifiedContent.Read(new MemoryStream(package));
    }

    /// <summary>What is read is what is written again: no text has two readings.</summary>
    private static void AssertReadOrRefused(byte[] json)
    {
        try
        {
            var envelope = new DsseEnvelope
            {
                PayloadType = PackageStatement.PayloadType,
                Payload = json,
                Signatures = [],
            };
            PackageStatements.CheckTypes(envelope);
            var (manifest, _) = PackageStatements.Read(envelope);
            Assert.Empty(ManifestRules.Check(manifest));
            using var document = JsonDocument.Parse(json);
            Assert.Equal(manifest.Name, document.RootElement.GetProperty("predicate").GetProperty("name").GetString());
        }
        catch (PackageFormatException)
        {
            // The documented refusal.
        }
    }
}
