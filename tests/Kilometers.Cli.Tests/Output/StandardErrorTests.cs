using System.IO.Pipes;
using System.Text;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Tests.Output;

public sealed class StandardErrorTests
{
    /// <summary>Long enough for any machine: these writers always end.</summary>
    private static readonly TimeSpan TestTimeout = TimeSpan.FromMinutes(1);

    [Fact]
    public void WriteLine_ManyThreads_KeepsLinesWhole()
    {
        using var stream = new MemoryStream();
        using (var errors = new StandardError(stream, isTerminal: false) { FlushLimit = TestTimeout })
        {
            Parallel.For(0, 1000, i => errors.WriteLine(new string((char)('a' + (i % 26)), 200)));
        }

        var lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1000, lines.Length);
        Assert.All(lines, line => Assert.Equal(200, line.Count(c => c == line[0])));
    }

    [Fact]
    public async Task WriteLine_NobodyReads_NeverBlocksAndCountsWhatIsLost()
    {
        // Neither end is closed here: the writer goes on waiting for it, as it does until km ends.
        var server = new AnonymousPipeServerStream(PipeDirection.Out);
        var reader = new AnonymousPipeClientStream(PipeDirection.In, server.ClientSafePipeHandle);
        var errors = new StandardError(server, isTerminal: false);
        var writing = Task.Run(
            () =>
            {
                for (var i = 0; i < 20_000; i++)
                    errors.WriteLine(new string('x', 1000));
                var lost = errors.Lost;
                errors.Dispose();
                return lost;
            },
            TestContext.Current.CancellationToken
        );

        // What waited for the reader would wait without end.
        Assert.InRange(await writing.WaitAsync(TestTimeout, TestContext.Current.CancellationToken), 10_000, 20_000);
        GC.KeepAlive(reader);
    }

    [Fact]
    public void WriteLine_ReaderGone_CountsAndGoesOn()
    {
        var server = new AnonymousPipeServerStream(PipeDirection.Out);
        server.DisposeLocalCopyOfClientHandle();
        var errors = new StandardError(server, isTerminal: false) { FlushLimit = TestTimeout };
        for (var i = 0; i < 3; i++)
            errors.WriteLine("x");
        errors.Dispose();
        Assert.Equal(3, errors.Lost);
    }

    [Theory]
    [InlineData(ErrorCode.InvalidArguments, 2)]
    [InlineData(ErrorCode.ServerNotFound, 127)]
    [InlineData(ErrorCode.ServerNotExecutable, 126)]
    [InlineData(ErrorCode.ServerNotStarted, 126)]
    [InlineData(ErrorCode.Internal, 70)]
    [InlineData(ErrorCode.PluginCrashed, 1)]
    public void Report_Code_GivesItsExitStatus(string code, int status)
    {
        using var errors = new StandardError(new MemoryStream(), isTerminal: false) { FlushLimit = TestTimeout };
        Assert.Equal(status, errors.Report(new KmError(code, "Summary")));
    }

    [Fact]
    public void Report_Error_SaysWhatWhyAndWhatNext()
    {
        using var stream = new MemoryStream();
        using (var errors = new StandardError(stream, isTerminal: false) { FlushLimit = TestTimeout })
            errors.Report(new KmError("MON_CMD_001", "It failed", "because of\nthis", "Do that."));
        Assert.Equal("❌ It failed [MON_CMD_001]\n   because of\n   this\n💡 Do that.\n", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void Report_TextOfOthers_CannotActOnTheTerminal()
    {
        using var stream = new MemoryStream();
        using (var errors = new StandardError(stream, isTerminal: false) { FlushLimit = TestTimeout })
            errors.Report(
                new KmError("API_REQ_001", "Bad\u001b]0;title\u0007 name\n✓ km: fine", "one\u001b[2J\r\ntwo\b", "Do\u202e that.")
            );
        Assert.Equal(
            "❌ Bad?]0;title? name?✓ km: fine [API_REQ_001]\n   one?[2J\n   two?\n💡 Do? that.\n",
            Encoding.UTF8.GetString(stream.ToArray())
        );
    }

    [Theory]
    [InlineData("", "", "en_GB.UTF-8", true, true)]
    [InlineData("", "", "de_DE.utf8", true, true)]
    [InlineData("C", "", "en_GB.UTF-8", true, false)]
    [InlineData("", "C.UTF-8", "C", true, true)]
    [InlineData("", "", "", true, false)]
    [InlineData("", "", "POSIX", true, false)]
    [InlineData("", "", "C", false, false)]
    [InlineData("", "", "", false, true)]
    public void Glyphs_Locale_DecidesAlsoForPipes(string all, string type, string language, bool isTerminal, bool unicode)
    {
        var names = new[] { "LC_ALL", "LC_CTYPE", "LANG" };
        var before = names.Select(Environment.GetEnvironmentVariable).ToArray();
        try
        {
            foreach (var (name, value) in names.Zip([all, type, language]))
                Environment.SetEnvironmentVariable(name, value);
            using var stream = new MemoryStream();
            using (var errors = new StandardError(stream, isTerminal) { FlushLimit = TestTimeout })
            {
                Assert.Equal(unicode ? Glyphs.Unicode : Glyphs.Ascii, errors.Glyphs);
                errors.Warn(new KmError("API_REQ_001", "“5 µs” → …", "größer"));
            }

            Assert.Equal(unicode, stream.ToArray().Any(b => b > 127));
        }
        finally
        {
            foreach (var (name, value) in names.Zip(before))
                Environment.SetEnvironmentVariable(name, value);
        }
    }

    [Fact]
    public void Ascii_EveryGlyph_IsAscii() =>
        Assert.All([Glyphs.Ascii.Success, Glyphs.Ascii.Failure, Glyphs.Ascii.Warning, Glyphs.Ascii.Hint], glyph =>
            Assert.All(glyph, c => Assert.True(char.IsAscii(c)))
        );
}
