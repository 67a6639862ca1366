using CsCheck;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Trust;

public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("  a   b\tc\n", "a|b|c")]
    [InlineData("a 'b c' d", "a|b c|d")]
    [InlineData("a \"b c\" d", "a|b c|d")]
    [InlineData("a b\\ c", "a|b c")]
    [InlineData("a ''", "a|")]
    [InlineData("a \"\" b", "a||b")]
    [InlineData("a'b'\"c\"d", "abcd")]
    [InlineData("a '\\'", "a|\\")]
    [InlineData("a \"\\\"\\\\\\n\"", "a|\"\\\\n")]
    [InlineData("a '\"' \"'\"", "a|\"|'")]
    [InlineData("a $HOME `x` *;|&", "a|$HOME|`x`|*;|&")]
    public void Split_Line_IsWhatAShellWouldMakeOfItsQuotes(string line, string words) =>
        Assert.Equal(words, string.Join('|', CommandWords.Split(line)!));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a 'b")]
    [InlineData("a \"b")]
    [InlineData("a \\")]
    [InlineData("''")]
    public void Split_NoCommand_IsNull(string line) => Assert.Null(CommandWords.Split(line));

    /// <summary>Quoted, every word comes out as it went in.</summary>
    [Fact]
    public void Split_QuotedWords_ComeOutAsTheyWentIn() =>
        Gen.String[Gen.Char["ab '\"\\$\n"], 0, 8]
            .Array[1, 4]
            .Where(words => words[0].Length > 0)
            .Sample(words =>
                Assert.Equal(
                    words,
                    CommandWords.Split(string.Join(' ', words.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'")))
                )
            );
}
