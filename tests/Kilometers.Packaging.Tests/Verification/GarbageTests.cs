using Kilometers.Contracts;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>Two gigabytes that are no package cost neither time nor memory. They are never on a disk: a stream makes them up.</summary>
[Collection(nameof(GarbageTests))]
[CollectionDefinition(nameof(GarbageTests), DisableParallelization = true)]
public sealed class GarbageTests
{
    private const long Size = 2L << 30;

    [Theory]
    [InlineData(0)]
    [InlineData(0x41)]
    public void Garbage_IsRefusedAfterALittleOfIt(int content) =>
        AssertCheap(new EndlessStream([], (byte)content, Size), ErrorCode.Container);

    [Fact]
    public void GarbageBehindAValidFront_IsRefusedAfterALittleOfIt()
    {
        // All that is signed, and then a payload that never ends.
        var package = PackageForge.Build();
        var front = package[..PackageForge.PayloadStart(package)];
        AssertCheap(new EndlessStream(front, 0x41, Size), ErrorCode.PayloadDigest);
    }

    [Fact]
    public void PackageThatNeverEnds_IsRefusedAtTheFirstByteTooMany()
    {
        var package = PackageForge.Build();
        var stream = new EndlessStream(package, 0, Size);
        AssertCheap(stream, ErrorCode.Container);
        Assert.Equal(package.Length + 1, stream.Position);
    }

    [Fact]
    public void SignedStatementAboutAHugePayload_WithAnotherSizeInTheHeader_ReadsNothingOfIt()
    {
        var package = PackageForge.Build(forge => forge.Manifest = manifest => manifest with { PayloadSize = 512L << 20 });
        var stream = new EndlessStream(package, 0x41, Size);
        AssertCheap(stream, ErrorCode.PayloadDigest);
        Assert.True(stream.Position < package.Length);
    }

    private static void AssertCheap(EndlessStream stream, string code)
    {
        _ = TestAuthority.Trusted.Root;
        var verifier = new PackageVerifier(Verdict.Policy);
        var copy = new MemoryStream();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var verification = verifier.Verify(stream, copy, null, null, CancellationToken.None);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Size / 500);
        Assert.InRange(stream.Position, 0, Size / 1000);
        Assert.Equal(code, verification.Error?.Code);
        Assert.InRange(copy.Length, 0, Size / 1000);
    }

    /// <summary>A beginning, and then the same byte for as long as anybody reads.</summary>
    private sealed class EndlessStream(byte[] beginning, byte content, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, length - _position);
            for (var i = 0; i < count; i++, _position++)
                buffer[i] = _position < beginning.Length ? beginning[_position] : content;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
