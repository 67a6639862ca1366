using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Forging;

/// <summary>Verifies a package in a directory that is looked at afterwards.</summary>
internal static class Verdict
{
    public static VerificationPolicy Policy { get; } =
        new()
        {
            Roots = [TestAuthority.Trusted.Root],
            Now = TestAuthority.Now,
            Host = Host,
        };

    public static HostFacts Host =>
        new()
        {
            CliVersion = "1.4.0",
            Os = "linux",
            Arch = "x64",
            ProtocolVersions = [1, 2],
        };

    /// <summary>A policy with a revocation list that was really signed and read.</summary>
    public static VerificationPolicy With(RevocationList list) =>
        Policy with
        {
            Revocations = RevocationList.Read(RevocationList.Write(list, TestAuthority.Trusted.Lists), Policy.Roots, Policy.Now),
        };

    /// <summary>Asserts that a package is refused at one gate for one reason, and leaves nothing where it must not.</summary>
    public static PackageVerification Refused(string code, PackageGate gate, byte[] package, VerificationPolicy? policy = null)
    {
        var verification = Verify(package, policy, out var files);
        Assert.False(verification.IsVerified);
        Assert.Equal(
            (code, gate),
            (verification.Error?.Code, verification.Gates.Single(result => result.Outcome == GateOutcome.Failed).Gate)
        );
        Assert.All(verification.Gates, result => Assert.Equal(
                result.Gate < gate ? GateOutcome.Passed
                    : result.Gate == gate ? GateOutcome.Failed
                    : GateOutcome.NotReached,
                result.Outcome
            ));
        Assert.Throws<InvalidOperationException>(() => verification.Manifest);
        Assert.Equal(
            gate > PackageGate.Payload,
            verification.IsFrontVerified && verification.Gates[(int)PackageGate.Payload].Outcome == GateOutcome.Passed
        );
        if (gate <= PackageGate.Payload)
            Assert.Empty(files);
        return verification;
    }

    /// <summary>Asserts that a package passes.</summary>
    /// <returns>The verification, and the unpacked files by path.</returns>
    public static (PackageVerification Verification, Dictionary<string, byte[]> Files) Accepted(
        byte[] package,
        VerificationPolicy? policy = null
    )
    {
        var verification = Verify(package, policy, out var files);
        Assert.True(verification.IsVerified, $"{verification.Error?.Code}: {verification.Error?.Detail}");
        Assert.All(verification.Gates, result => Assert.Equal(GateOutcome.Passed, result.Outcome));
        Assert.Null(verification.Error);
        return (verification, files);
    }

    public static PackageVerification Verify(byte[] package, VerificationPolicy? policy, out Dictionary<string, byte[]> files)
    {
        var parent = Directory.CreateTempSubdirectory("km-packaging-");
        try
        {
            var (inside, outside) = (parent.CreateSubdirectory("staging"), Path.Combine(parent.FullName, "outside"));
            File.WriteAllText(outside, "untouched");
            var verification = new PackageVerifier(policy ?? Policy).Verify(
                new MemoryStream(package),
                new MemoryStream(),
                inside.FullName,
                progress: null,
                CancellationToken.None
            );
            Assert.Equal(["outside", "staging"], parent.EnumerateFileSystemInfos().Select(entry => entry.Name).Order());
            Assert.Equal("untouched", File.ReadAllText(outside));
            Assert.All(inside.EnumerateFileSystemInfos("*", SearchOption.AllDirectories), entry => Assert.Null(entry.LinkTarget));
            files = inside
                .EnumerateFiles("*", SearchOption.AllDirectories)
                .ToDictionary(
                    file => Path.GetRelativePath(inside.FullName, file.FullName).Replace('\\', '/'),
                    file => File.ReadAllBytes(file.FullName)
                );
            return verification;
        }
        finally
        {
            parent.Delete(recursive: true);
        }
    }
}
