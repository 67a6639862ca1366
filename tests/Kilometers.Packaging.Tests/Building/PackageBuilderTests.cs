using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Seals;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Building;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Building;

public sealed class PackageBuilderTests
{
    private static readonly PluginDescription Description = new()
    {
        Name = "built",
        Version = "2.0.0",
        ReleaseSequence = 1,
        Description = "Built by a test",
        Author = "The tests",
        Category = "security",
        RequiredTier = "Free",
        Features = ["api_logging"],
        ProtocolVersions = [2],
        MinimumCliVersion = "1.0.0",
        MaximumCliVersion = "1.9.0",
        Entrypoint = "bin/run",
        Capabilities = new PluginCapabilities
        {
            Network = ["api.example.com:443"],
            StateDirectory = true,
            Credentials = true,
        },
        Limits = new ResourceLimits
        {
            MemoryBytes = 64 << 20,
            CpuPercent = 50,
            OpenFiles = 128,
        },
        Delivery = "guaranteed",
    };

    private static readonly PackageSource Source = new()
    {
        Description = Description,
        Os = "linux",
        Arch = "x64",
        Files = [File("z.txt", [1, 2]), File("bin/run", PackageForge.Program()), File("a.txt", [])],
        Build = new BuildOrigin
        {
            Source = "https://example.com/repository",
            Commit = "0123abcd",
            Time = TestAuthority.Start,
        },
    };

    private static readonly CustomerStamp Stamp = new()
    {
        Binding = Customers.Binding,
        Issuer = "https://api.example.com",
        IssuerKey = Customers.IssuerKey,
    };

    [Fact]
    public void Build_ThenSign_IsVerified()
    {
        var (verification, files) = Verdict.Accepted(Sign(Unsigned(Source)));
        Assert.Equivalent(Description, verification.Manifest);
        Assert.Equal(["a.txt", "bin/run", "z.txt"], verification.Manifest.Files.Select(file => file.Path));
        Assert.Equal("0755", verification.Manifest.Files[1].Mode);
        Assert.Equal(PackageForge.Program(), files["bin/run"]);
        Assert.Equal("0123abcd", verification.Manifest.Build.Commit);
    }

    [Fact]
    public void Build_NobodySigned_IsRefusedAsUnsigned() => Verdict.Refused(ErrorCode.Unsigned, PackageGate.Signature, Unsigned(Source));

    [Fact]
    public void Build_SameFiles_GivesTheSamePayloadWhateverElseDiffers()
    {
        var (one, first) = Build(Source);
        var (two, second) = Build(
            Source with
            {
                Files = [.. Source.Files.Reverse()],
                Build = new BuildOrigin
                {
                    Source = "elsewhere",
                    Commit = "",
                    Time = TestAuthority.Now,
                },
                Description = Description with { Description = "Other words", Version = "2.0.1" },
            }
        );
        Assert.Equal(first, second);
        Assert.Equal(one.PayloadDigest, two.PayloadDigest);
        Assert.Equal(one.FileName, two.FileName);
        Assert.Equal($"km-plugin-built-{Convert.ToHexStringLower(SHA256.HashData(first))[..8]}.kmpkg", one.FileName);
        Assert.Equal((0, 0, 0, 0), (first[4], first[5], first[6], first[7]));
    }

    [Fact]
    public void Build_ForACustomer_SealsTheProgram()
    {
        var (verification, files) = Verdict.Accepted(Sign(Unsigned(Source with { Customer = Stamp })), Verdict.Policy with { Host = null });
        Assert.Equal(Customers.Binding, verification.Manifest.Customer);
        Assert.Equal(PackageForge.Program(), files["bin/run"][..PackageForge.Program().Length]);
        var seal = CustomerSeal.Read(SealedExecutable.Find(files["bin/run"]))!;
        Assert.Equal(
            ("customer_123", "build-9", "abc123", "built", "2.0.0"),
            (seal.CustomerId, seal.BuildId, seal.KeyId, seal.Plugin, seal.Version)
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Build_PackedBefore_GivesTheSamePayload(bool customer)
    {
        // The seal is signed again each time, and its signature differs: only its length is the same.
        var source = Source with { Customer = customer ? Stamp : null };
        var (before, after) = (Build(source), Build(Packed(source)));
        if (!customer)
            Assert.Equal(before.Payload, after.Payload);
        Assert.Equal(
            before.Draft.Manifest.Files.Select(file => (file.Path, file.Size, file.Mode)),
            after.Draft.Manifest.Files.Select(file => (file.Path, file.Size, file.Mode))
        );
        var (_, files) = Verdict.Accepted(Sign(Unsigned(Packed(source))), Verdict.Policy with { Host = null });
        Assert.Equal(PackageForge.Program(), files["bin/run"][..PackageForge.Program().Length]);
        Assert.Equal(customer, !SealedExecutable.Find(files["bin/run"]).IsEmpty);
    }

    [Fact]
    public void Build_PackedBytesThatAreDamaged_AreRefused()
    {
        var packed = Packed(Source);
        foreach (var file in packed.Files.Where(file => file.Path != "a.txt"))
        {
            var damaged = packed with
            {
                Files =
                [
                    .. packed.Files.Select(one =>
                        one == file ? one with { Packed = one.Packed! with { Open = () => Damaged(one.Packed!.Open()) } } : one
                    ),
                ],
            };
            Assert.Contains(
                "compressed bytes of " + file.Path,
                Assert.Throws<InvalidDataException>(() => Build(damaged)).Message,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void Build_BytesThatAreNotThosePackedBefore_AreRefused()
    {
        var packed = Packed(Source) with { Customer = Stamp };
        var other = packed with
        {
            Files = [.. packed.Files.Select(file => file.Path == "bin/run" ? file with { Content = () => Damaged(file.Content()) } : file)],
        };
        Assert.Contains("bytes of bin/run", Assert.Throws<InvalidDataException>(() => Build(other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteSigned_IsVerified()
    {
        using var payload = new MemoryStream();
        var draft = PackageBuilder.Build(Source with { Customer = Stamp }, payload);
        using var package = new MemoryStream();
        draft.WriteSigned(package, payload, TestAuthority.Trusted.Publisher);
        Assert.Equal(
            "Trusted publisher",
            Verdict.Accepted(package.ToArray(), Verdict.Policy with { Host = null }).Verification.Signer!.Name
        );
    }

    [Theory]
    [InlineData("linux", "#!/bin/sh\n")]
    [InlineData("macos", "\u007fELF")]
    public void Build_ForACustomerWhereNothingCanBeAppended_PutsTheSealBeside(string os, string program)
    {
        var source = Source with { Os = os, Customer = Stamp, Files = [File("bin/run", [.. program.Select(c => (byte)c)])] };
        var (_, files) = Verdict.Accepted(Sign(Unsigned(source)), Verdict.Policy with { Host = null });
        Assert.Equal(program.Length, files["bin/run"].Length);
        Assert.Equal("build-9", CustomerSeal.Read(files["bin/km.seal"])!.BuildId);
    }

    [Theory]
    [InlineData("bad name")]
    [InlineData("../up")]
    [InlineData(".hidden")]
    [InlineData("km.seal")]
    [InlineData("sub/KM.SEAL")]
    public void Build_FileWithAnImpossibleName_IsRefused(string path) =>
        Refused(ErrorCode.PackageSource, Source with { Files = [.. Source.Files, File(path, [1])] });

    [Fact]
    public void Build_WithoutEntrypoint_IsRefused() => Refused(ErrorCode.PackageSource, Source with { Files = [File("a", [1])] });

    [Fact]
    public void Build_SealedTwice_IsRefused() =>
        Refused(
            ErrorCode.PackageSource,
            Source with
            {
                Files =
                [
                    File("bin/run", [.. PackageForge.Program(), .. SealedExecutable.Trailer(Customers.Seal.Sign(Customers.IssuerKey))]),
                ],
            }
        );

    [Fact]
    public void Build_DuplicateFile_IsRefused() =>
        Refused(ErrorCode.ManifestRule, Source with { Files = [.. Source.Files, File("A.txt", [1])] });

    [Fact]
    public void Build_ManifestWithFaults_NamesThemAll()
    {
        var refusal = Refused(ErrorCode.ManifestRule, Source with { Description = Description with { Version = "2", Category = "fun" } });
        Assert.Contains("version is SemVer", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("category is", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not a url")]
    [InlineData("ftp://example.com")]
    public void Build_IssuerThatIsNoUrl_IsRefused(string issuer) =>
        Refused(ErrorCode.PackageSource, Source with { Customer = Stamp with { Issuer = issuer } });

    [Fact]
    public void Build_IssuerWithoutPrivateKey_IsRefused()
    {
        using var half = RSA.Create(Customers.IssuerKey.ExportParameters(includePrivateParameters: false));
        Refused(ErrorCode.SigningKeys, Source with { Customer = Stamp with { IssuerKey = half } });
    }

    [Fact]
    public void Sign_SignedByAnother_IsSignedAnew()
    {
        var again = Sign(PackageForge.Build(forge => forge.Signer = TestAuthority.Unknown.Publisher));
        Assert.Equal("Trusted publisher", Verdict.Accepted(again).Verification.Signer!.Name);
    }

    [Fact]
    public void Sign_PayloadExchanged_IsNotSigned() =>
        NotSigned(ErrorCode.PayloadDigest, forge => forge.SwappedPayload = payload => [.. payload[..^1], (byte)~payload[^1]]);

    [Fact]
    public void Sign_PayloadWithUnlistedFile_IsNotSigned() =>
        NotSigned(ErrorCode.PayloadContent, forge => forge.Tar = members => [.. members, new("evil", [1])]);

    [Fact]
    public void Sign_ManifestThatBreaksARule_IsNotSigned() =>
        NotSigned(ErrorCode.ManifestRule, forge => forge.Manifest = manifest => manifest with { Name = "../up" });

    [Fact]
    public void Sign_AnotherStatement_IsNotSigned() => NotSigned(ErrorCode.StatementType, forge => forge.PayloadType = "text/plain");

    [Fact]
    public void Sign_SealOfAnother_IsNotSigned() =>
        NotSigned(ErrorCode.CustomerSeal, forge => forge.Manifest = manifest => manifest with { Customer = Customers.Binding });

    [Fact]
    public void Sign_SomethingBehindTheEnd_IsNotSigned() => NotSigned(ErrorCode.Container, forge => forge.Bytes = bytes => [.. bytes, 0]);

    private static PayloadFile File(string path, byte[] content) => new(path, () => new MemoryStream(content), IsExecutable: false);

    private static PackageSource Packed(PackageSource source) =>
        source with
        {
            Files =
            [
                .. source.Files.Select(file =>
                {
                    var packed = new MemoryStream();
                    return file with { Packed = PayloadWriter.Pack(file.Content(), packed, () => new MemoryStream(packed.ToArray())) };
                }),
            ],
        };

    private static MemoryStream Damaged(Stream content)
    {
        var bytes = new byte[content.Length];
        content.ReadExactly(bytes);
        bytes[^1] ^= 1;
        return new MemoryStream(bytes);
    }

    private static (PackageDraft Draft, byte[] Payload) Build(PackageSource source)
    {
        using var payload = new MemoryStream();
        return (PackageBuilder.Build(source, payload), payload.ToArray());
    }

    private static byte[] Unsigned(PackageSource source)
    {
        using var payload = new MemoryStream();
        var draft = PackageBuilder.Build(source, payload);
        using var package = new MemoryStream();
        draft.WriteUnsigned(package, payload);
        return package.ToArray();
    }

    private static byte[] Sign(byte[] package)
    {
        using var signed = new MemoryStream();
        PackageSigning.Sign(new MemoryStream(package), TestAuthority.Trusted.Publisher, signed, progress: null, CancellationToken.None);
        return signed.ToArray();
    }

    private static PackageFormatException Refused(string code, PackageSource source)
    {
        var refusal = Assert.Throws<PackageFormatException>(() => Build(source));
        Assert.Equal(code, refusal.Code);
        return refusal;
    }

    private static void NotSigned(string code, Action<PackageForge> change)
    {
        using var signed = new MemoryStream();
        var refusal = Assert.Throws<PackageFormatException>(() =>
            PackageSigning.Sign(
                new MemoryStream(PackageForge.Build(change)),
                TestAuthority.Trusted.Publisher,
                signed,
                progress: null,
                CancellationToken.None
            )
        );
        Assert.Equal((code, 0), (refusal.Code, signed.Length));
    }
}
