using System.Text;
using Kilometers.Http.Observing;
using Kilometers.Http.Tests.Running;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Kilometers.Http.Tests.Observing;

public sealed class DecodedBodyTests
{
    public static TheoryData<string> Codings => ["gzip", "br", "deflate", "zstd", "ZSTD "];

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Take_AnEventAfterTheOther_EachIsSeenWhileTheBodyGoesOn(string coding)
    {
        var seen = new SeenBody();
        var body = DecodedBody.Create(coding, seen)!;
        var encoded = new MemoryStream();
        await using (var encoder = EncodedContent.Into(encoded, coding.Trim().ToLowerInvariant()))
        {
            await WriteAsync(encoder, "data: 1\n\n");
            Pass(encoded, body);
            await seen.WaitForAsync("data: 1\n\n");
            await WriteAsync(encoder, "data: 2\n\n");
            Pass(encoded, body);
            await seen.WaitForAsync("data: 1\n\ndata: 2\n\n");
        }

        Pass(encoded, body);
        await body.EndAsync(true);
        Assert.True(seen.IsWhole);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task EndAsync_BrokenOff_IsNotWhole(string coding)
    {
        var seen = new SeenBody();
        var body = DecodedBody.Create(coding, seen)!;
        var text = string.Concat(Enumerable.Range(0, 10_000));
        body.Take(EncodedContent.Of(text, coding.Trim().ToLowerInvariant()).AsSpan(0, 5_000));
        await body.EndAsync(false);
        Assert.False(seen.IsWhole);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task EndAsync_NotWhatItsHeaderSays_IsNotWhole(string coding)
    {
        var seen = new SeenBody();
        var body = DecodedBody.Create(coding, seen)!;
        body.Take("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"u8);
        await body.EndAsync(true);
        Assert.False(seen.IsWhole);
        Assert.DoesNotContain("jsonrpc", seen.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(23, true)]
    [InlineData(24, false)]
    public async Task Take_ZstdWithAWindow_IsSeenUpToWhatHttpAllows(int window, bool isSeen)
    {
        var encoded = new MemoryStream();
        await using (var encoder = new CompressionStream(encoded, leaveOpen: true))
        {
            encoder.SetParameter(ZSTD_cParameter.ZSTD_c_windowLog, window);
            await WriteAsync(encoder, "text");
        }

        var seen = new SeenBody();
        var body = DecodedBody.Create("zstd", seen)!;
        Pass(encoded, body);
        await body.EndAsync(true);
        Assert.Equal((isSeen, isSeen ? "text" : ""), (seen.IsWhole, seen.Text));
    }

    [Fact]
    public void Create_UnknownCoding_IsNotObserved() => Assert.Null(DecodedBody.Create("compress", new SeenBody()));

    private static async Task WriteAsync(Stream encoder, string text)
    {
        await encoder.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
        await encoder.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Passes on what was encoded since the last time.</summary>
    private static void Pass(MemoryStream encoded, IBodyObserver body)
    {
        body.Take(encoded.ToArray());
        encoded.SetLength(0);
    }

    private sealed class SeenBody : IBodyObserver
    {
        private readonly List<byte> _bytes = [];
        private readonly SemaphoreSlim _more = new(0);

        public string Text
        {
            get
            {
                lock (_bytes)
                    return Encoding.UTF8.GetString([.. _bytes]);
            }
        }

        public bool IsWhole { get; private set; }

        public void Take(ReadOnlySpan<byte> bytes)
        {
            lock (_bytes)
                _bytes.AddRange(bytes);
            _more.Release();
        }

        public Task EndAsync(bool isWhole)
        {
            IsWhole = isWhole;
            return Task.CompletedTask;
        }

        public async Task WaitForAsync(string text)
        {
            while (Text != text)
                Assert.True(await _more.WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken), Text);
        }
    }
}
