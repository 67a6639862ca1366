using System.Text;
using CsCheck;
using Kilometers.Audit.Storage;

namespace Kilometers.Audit.Tests.Storage;

public sealed class LogFormatTests
{
    private const string Line =
        """{"seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","time":"2026-01-02T03:04:05.678Z","event":"e","decision":"info","pid":1}""";

    [Fact]
    public void Read_RecordAsWritten_IsRead() =>
        Assert.Equal(Line, Encoding.UTF8.GetString(LogFormat.Write(LogFormat.Read(Encoding.UTF8.GetBytes(Line))!)));

    [Theory]
    [InlineData("{", "{\"other\":1,")]
    [InlineData("{", "{\"seq\":1,")]
    [InlineData("\"seq\"", "\"Seq\"")]
    [InlineData("\"seq\":1", "\"seq\":\"1\"")]
    [InlineData("\"seq\":1", "\"seq\":0")]
    [InlineData("\"seq\":1,", "")]
    [InlineData("\"prev\":\"0", "\"prev\":\"")]
    [InlineData("\"event\":\"e\"", "\"event\":\"\"")]
    [InlineData("\"event\":\"e\"", "\"event\":null")]
    [InlineData("\"event\":\"e\"", "\"event\":\"\\ud800\"")]
    [InlineData("info", "maybe")]
    [InlineData("info", "Info")]
    [InlineData(".678Z", "Z")]
    [InlineData("05.678Z", "05.678+00:00")]
    [InlineData("03:04", "25:04")]
    [InlineData("}", "}}")]
    [InlineData("}", "")]
    public void Read_AnythingElse_IsNoRecord(string old, string replacement)
    {
        var changed = Line.Replace(old, replacement, StringComparison.Ordinal);
        Assert.NotEqual(Line, changed);
        Assert.Null(LogFormat.Read(Encoding.UTF8.GetBytes(changed)));
    }

    [Fact]
    public void Read_AnyBytes_NeverThrows() => Gen.Byte.Array[0, 100].Sample(bytes => Assert.Null(LogFormat.Read(bytes)));

    [Fact]
    public void Read_AnyByteExchanged_NeverThrows() =>
        Gen.Select(Gen.Int[0, Line.Length - 1], Gen.Byte)
            .Sample(
                (index, value) =>
                {
                    var bytes = Encoding.UTF8.GetBytes(Line);
                    bytes[index] = value;
                    var record = LogFormat.Read(bytes);
                    Assert.True(record is null || record.Seq > 0);
                }
            );
}
