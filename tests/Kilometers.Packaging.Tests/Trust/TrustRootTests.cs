using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Trust;

/// <summary>Every place that names a signer says which root vouches.</summary>
public sealed class TrustRootTests
{
    private static readonly DateTimeOffset Added = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(RootOrigin.BuiltIn, "the root built into km (")]
    [InlineData(RootOrigin.System, "the root added by the administrator (")]
    [InlineData(RootOrigin.User, "the root added by you on 2026-11-29 (")]
    [InlineData(RootOrigin.Named, "the root in FILE (")]
    public void Describe_EachOrigin_NamesItWithNameAndFingerprint(RootOrigin origin, string expected)
    {
        var root = Root("Example Ltd", isDevelopment: true, origin);
        Assert.Equal($"{expected}\"Example Ltd root\", {root.Fingerprint[..16]}) (development)", root.Describe());
        Assert.False(root.IsImpostor);
    }

    [Theory]
    [InlineData(RootOrigin.BuiltIn, false)]
    [InlineData(RootOrigin.System, true)]
    [InlineData(RootOrigin.User, true)]
    [InlineData(RootOrigin.Named, true)]
    public void Describe_OneThatCallsItselfKilometers_IsOnlyTrueOfTheBuiltInOne(RootOrigin origin, bool isImpostor)
    {
        var root = Root("Kilometers", isDevelopment: false, origin);
        Assert.Equal(isImpostor, root.IsImpostor);
        Assert.Equal(isImpostor, root.Describe().EndsWith(", which is not Kilometers' own", StringComparison.Ordinal));
    }

    private static TrustRoot Root(string name, bool isDevelopment, RootOrigin origin)
    {
        using var certificate = RootCertificate.Create(TestAuthority.Trusted.RootKey, name, isDevelopment, TestAuthority.Start);
        return TrustRoot.Read(certificate.ExportCertificatePem(), "FILE", origin, Added);
    }
}
