using Kilometers.Cli.Commands;

namespace Kilometers.Cli.Tests.Commands;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("65536", 65536)]
    [InlineData("7B", 7)]
    [InlineData("512KB", 512 * 1024)]
    [InlineData("512k", 512 * 1024)]
    [InlineData("16MB", 16 * 1024 * 1024)]
    [InlineData("16 mb", 16 * 1024 * 1024)]
    [InlineData(" 2M", 2 * 1024 * 1024)]
    [InlineData("1GB", 1L << 30)]
    [InlineData("1g", 1L << 30)]
    [InlineData("1024GB", 1L << 40)]
    [InlineData("1099511627776", 1L << 40)]
    public void TryParse_Size_GivesBytes(string text, long expected)
    {
        Assert.True(ByteSize.TryParse(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("MB")]
    [InlineData("0")]
    [InlineData("0KB")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5MB")]
    [InlineData("1,000")]
    [InlineData("1 000")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("16XB")]
    [InlineData("16MiB")]
    [InlineData("1025GB")]
    [InlineData("1099511627777")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999")]
    [InlineData("9223372036854775807GB")]
    public void TryParse_NoSize_IsFalseAndZero(string text)
    {
        Assert.False(ByteSize.TryParse(text, out var bytes));
        Assert.Equal(0, bytes);
    }
}
