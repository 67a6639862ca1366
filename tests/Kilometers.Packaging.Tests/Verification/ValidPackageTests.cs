using Kilometers.Contracts;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

public sealed class ValidPackageTests
{
    [Fact]
    public void Verify_ValidPackage_PassesEveryGateAndUnpacksItsFiles()
    {
        var (verification, files) = Verdict.Accepted(PackageForge.Build());
        Assert.Equal("forged", verification.Manifest.Name);
        Assert.Equal("Trusted publisher", verification.Signer!.Name);
        Assert.Equal(2, verification.Signer.Serials.Count);
        Assert.True(verification.Signer.Root.IsDevelopment);
        Assert.Equal(["data/readme.txt", "km-plugin-forged"], files.Keys.Order());
        Assert.Equal(PackageForge.Program(), files["km-plugin-forged"]);
        Assert.Equal(Enum.GetValues<PackageGate>(), verification.Gates.Select(gate => gate.Gate));
    }

    [Fact]
    public void Verify_ValidPackage_GivesFilesToTheUserAloneAndTheProgramTheRightToRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");
        var directory = Directory.CreateTempSubdirectory("km-packaging-");
        try
        {
            new PackageVerifier(Verdict.Policy).Verify(
                new MemoryStream(PackageForge.Build()),
                new MemoryStream(),
                directory.FullName,
                null,
                CancellationToken.None
            );
            const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
#pragma warning disable CA1416 // Skipped on Windows above.
            Assert.Equal(Own | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(directory.FullName, "km-plugin-forged")));
            Assert.Equal(Own, File.GetUnixFileMode(Path.Combine(directory.FullName, "data", "readme.txt")));
#pragma warning restore CA1416
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Verify_WithoutHost_AsksNothingAboutTheHost() =>
        Verdict.Accepted(
            PackageForge.Build(forge =>
                forge.Manifest = manifest =>
                    manifest with
                    {
                        Os = "windows",
                        Arch = "arm64",
                        RequiredTier = "Enterprise",
                        MinimumCliVersion = "99.0.0",
                    }
            ),
            Verdict.Policy with
            {
                Host = null,
            }
        );

    [Fact]
    public void Verify_TwoRootsDuringARotation_AcceptsBoth() =>
        Verdict.Accepted(
            PackageForge.Build(forge => forge.Signer = TestAuthority.Unknown.Publisher),
            Verdict.Policy with
            {
                Roots = [TestAuthority.Trusted.Root, TestAuthority.Unknown.Root],
            }
        );

    [Fact]
    public void Verify_SlowSource_IsReadInWhateverPiecesItComes()
    {
        var verification = new PackageVerifier(Verdict.Policy).Verify(
            new DrippingStream(PackageForge.Build()),
            new MemoryStream(),
            null,
            null,
            CancellationToken.None
        );
        Assert.True(verification.IsVerified);
    }

    [Fact]
    public void VerifyFront_ValidPackage_ShowsItButIsNoVerification()
    {
        var verification = new PackageVerifier(Verdict.Policy).VerifyFront(new MemoryStream(PackageForge.Build()));
        Assert.True(verification.IsFrontVerified);
        Assert.False(verification.IsVerified);
        Assert.Equal("forged", verification.Manifest.Name);
    }

    [Fact]
    public void Verify_Cancelled_Throws() =>
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new PackageVerifier(Verdict.Policy).Verify(
                new MemoryStream(PackageForge.Build()),
                new MemoryStream(),
                null,
                null,
                new CancellationToken(canceled: true)
            )
        );

    [Fact]
    public void Verify_Progress_ReachesTheWholeSize()
    {
        var package = PackageForge.Build();
        var progress = new Highest();
        new PackageVerifier(Verdict.Policy).Verify(new MemoryStream(package), new MemoryStream(), null, progress, CancellationToken.None);
        Assert.Equal(package.Length, progress.Value);
    }

    [Fact]
    public void Refusal_EveryCode_HasWordsOfItsOwn()
    {
        var refusal = Verdict.Refused(ErrorCode.OtherCustomer, PackageGate.Customer, Customers.Sealed());
        Assert.Equal("Built for another customer", refusal.Error!.Summary);
        Assert.NotNull(refusal.Error.Hint);
    }

    private sealed class Highest : IProgress<long>
    {
        public long Value { get; private set; }

        public void Report(long value) => Value = Math.Max(Value, value);
    }

    /// <summary>Gives one to three bytes at a time.</summary>
    private sealed class DrippingStream(byte[] content) : MemoryStream(content)
    {
        private int _turn;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1 + (_turn++ % 3))]);
    }
}
