using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Entitlements.Seals;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>The seal in a customer's plugin must be there, whole, and say what the manifest says.</summary>
public sealed class SealAttackTests
{
    private static readonly VerificationPolicy Policy = Verdict.Policy with
    {
        Host = Verdict.Host with { CustomerId = Customers.Binding.Id },
    };

    [Fact]
    public void SealAtTheEndOfTheProgram_Passes()
    {
        var (_, files) = Verdict.Accepted(Customers.Sealed(), Policy);
        Assert.Equal(Customers.Seal.BuildId, CustomerSeal.Read(SealedExecutable.Find(files["km-plugin-forged"]))!.BuildId);
    }

    [Fact]
    public void SealForAKnownKeyAlone_Passes() =>
        Verdict.Accepted(Customers.Sealed(), Verdict.Policy with { Host = Verdict.Host with { KeyId = Customers.Binding.KeyId } });

    [Theory]
    [InlineData("km-plugin-forged", "km.seal")]
    [InlineData("bin/km-plugin-forged", "bin/km.seal")]
    public void SealInAFileBesideTheProgram_Passes(string program, string file) => Verdict.Accepted(Customers.SealedWith([], forge =>
            {
                forge.Files =
                [
                    forge.Files[0] with
                    {
                        Path = program,
                    },
                    new ForgedFile(file, Customers.Seal.Sign(Customers.IssuerKey), false),
                ];
                forge.Manifest = manifest => manifest with { Customer = Customers.Binding, Entrypoint = program };
            }), Policy);

    [Fact]
    public void SealInAFileElsewhere_IsRefused() => Refused(Customers.SealedWith([], forge =>
            {
                // The plugin would not find it.
                forge.Files =
                [
                    forge.Files[0] with
                    {
                        Path = "bin/run",
                    },
                    new ForgedFile("km.seal", Customers.Seal.Sign(Customers.IssuerKey), false),
                ];
                forge.Manifest = manifest => manifest with { Customer = Customers.Binding, Entrypoint = "bin/run" };
            }));

    [Fact]
    public void MissingSeal_IsRefused() => Refused(Customers.SealedWith([]));

    [Fact]
    public void TwoSeals_AreRefused() =>
        Refused(Customers.Sealed(forge => forge.Files.Add(new ForgedFile("km.seal", Customers.Seal.Sign(Customers.IssuerKey), false))));

    [Fact]
    public void UnneededSealAtTheEnd_IsRefused() => Refused(Customers.Sealed(forge => forge.Manifest = manifest => manifest));

    [Theory]
    [InlineData("km.seal")]
    [InlineData("KM.Seal")]
    [InlineData("data/km.seal")]
    public void UnneededSealFile_IsRefused(string path) =>
        Refused(PackageForge.Build(forge => forge.Files.Add(new ForgedFile(path, new byte[9000], false))));

    [Theory]
    [InlineData("customer_124", null, null, null, null)]
    [InlineData(null, "build-8", null, null, null)]
    [InlineData(null, null, "abc124", null, null)]
    [InlineData(null, null, null, "other", null)]
    [InlineData(null, null, null, null, "1.2.4")]
    public void SealThatSaysSomethingElse_IsRefused(string? customer, string? build, string? key, string? plugin, string? version)
    {
        var seal = Customers.Seal;
        Refused(
            Sealed(
                seal with
                {
                    CustomerId = customer ?? seal.CustomerId,
                    BuildId = build ?? seal.BuildId,
                    KeyId = key ?? seal.KeyId,
                    Plugin = plugin ?? seal.Plugin,
                    Version = version ?? seal.Version,
                }
            )
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("api.example.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://api.example.com/\u001b[2J")]
    public void SealOfAnIssuerThatIsNoUrl_IsRefused(string issuer) => Refused(Sealed(Customers.Seal with { Issuer = issuer }));

    [Fact]
    public void SealOfAnIssuerWithAShortKey_IsRefused()
    {
        using var key = RSA.Create(2048);
        Refused(
            Customers.SealedWith(SealedExecutable.Trailer((Customers.Seal with { IssuerKey = key.ExportSubjectPublicKeyInfo() }).Sign(key)))
        );
    }

    [Fact]
    public void DamagedSeal_IsRefused()
    {
        var seal = Customers.Seal.Sign(Customers.IssuerKey);
        seal[^10] = (byte)(seal[^10] == 'A' ? 'B' : 'A');
        Refused(Customers.SealedWith(SealedExecutable.Trailer(seal)));
    }

    [Fact]
    public void SealThatClaimsAnotherLength_IsRefused()
    {
        var trailer = SealedExecutable.Trailer(Customers.Seal.Sign(Customers.IssuerKey));
        trailer[^12]++;
        Refused(Customers.SealedWith(trailer));
    }

    private static byte[] Sealed(CustomerSeal seal) => Customers.SealedWith(SealedExecutable.Trailer(seal.Sign(Customers.IssuerKey)));

    private static void Refused(byte[] package) => Verdict.Refused(ErrorCode.CustomerSeal, PackageGate.Seal, package, Policy);
}
