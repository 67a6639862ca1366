using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>A package with any one byte changed is never verified, and never causes an exception.</summary>
public sealed class ByteFlipTests
{
    private static readonly byte[] Package = Customers.Sealed();
    private static readonly int PayloadStart = PackageForge.PayloadStart(Package);

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x20)]
    public void EveryByteOfTheFront_Changed_IsNeverVerified(int mask) =>
        Parallel.For(0, PayloadStart, position => AssertRefused(position, (byte)mask));

    [Fact]
    public void BytesOfThePayload_Changed_AreNeverVerified()
    {
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
            AssertRefused(random.Next(PayloadStart, Package.Length), (byte)random.Next(1, 256));
    }

    [Fact]
    public void EveryByteOfTheEnd_Changed_IsNeverVerified() =>
        Parallel.For(Package.Length - 1100, Package.Length, position => AssertRefused(position, 0x01));

    private static void AssertRefused(int position, byte mask)
    {
        var changed = (byte[])Package.Clone();
        changed[position] ^= mask;
        var verification = new PackageVerifier(Verdict.Policy with { Host = null }).Verify(
            new MemoryStream(changed),
            new MemoryStream(),
            null,
            null,
            CancellationToken.None
        );
        Assert.False(verification.IsVerified, $"byte {position} of {Package.Length} changed by {mask:x2}");
        Assert.NotNull(verification.Error);
        _ = UnverifiedContent.Read(new MemoryStream(changed));
    }
}
