using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Output;

public sealed class WrappedTextTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(40)]
    [InlineData(57)]
    [InlineData(80)]
    public void Lines_AnyWidth_FitAndLoseNothing(int? width)
    {
        var text = $"Records of this period: {new string('a', 64)} and {new string('b', 130)} end";
        var lines = WrappedText.Lines(text, width).ToList();
        Assert.DoesNotContain(lines, line => line.Length > (width ?? int.MaxValue));
        Assert.All(lines.Skip(1), line => Assert.StartsWith("  ", line, StringComparison.Ordinal));
        Assert.Equal(text.Replace(" ", "", StringComparison.Ordinal), string.Concat(lines).Replace(" ", "", StringComparison.Ordinal));
    }
}
