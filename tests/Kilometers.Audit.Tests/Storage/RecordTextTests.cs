using System.Globalization;
using System.Text;
using CsCheck;
using Kilometers.Audit.Storage;

namespace Kilometers.Audit.Tests.Storage;

public sealed class RecordTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("", "")]
    [InlineData("a\r\nb\tc\0d", "a  b c d")]
    [InlineData("\u001b[2J\u009b", " [2J ")]
    [InlineData("a\u2028b\u2029c\u200bd\u202ee\ufefff", "a b c d e f")]
    [InlineData("größe 漢字 😀", "größe 漢字 😀")]
    public void Clean_MisleadingCharacters_BecomeSpaces(string text, string clean) => Assert.Equal(clean, RecordText.Clean(text));

    [Fact]
    public void Clean_LoneSurrogate_IsReplaced() => Assert.Equal("a\ufffdb", RecordText.Clean("a\ud800b"));

    [Fact]
    public void Clean_Null_StaysNull() => Assert.Null(RecordText.Clean(null));

    [Theory]
    [InlineData("km_live_k1_secret", "km_live_k1_***")]
    [InlineData("km_test_k1_secret", "km_test_k1_***")]
    [InlineData("key=km_live_AbC9_s-e_c.r/e+t==, ok", "key=km_live_AbC9_***, ok")]
    [InlineData("\"km_live_k1_secret\"", "\"km_live_k1_***\"")]
    [InlineData("km_live_a_b km_test_c_d", "km_live_a_*** km_test_c_***")]
    [InlineData("km_live_k1_***", "km_live_k1_***")]
    [InlineData("km_live_k1", "km_live_k1")]
    [InlineData("km_live_k1_", "km_live_k1_***")]
    [InlineData("km_live_0123456789012345678901234567890123456789", "km_live_***")]
    [InlineData("km_live_k1_sec\u200bret", "km_live_k1_***")]
    [InlineData("xkm_live_k1_secret", "xkm_live_k1_***")]
    public void Clean_OurKeys_LoseTheirSecret(string text, string clean) => Assert.Equal(clean, RecordText.Clean(text));

    [Fact]
    public void Clean_KeyAtTheCut_LosesItsSecretAllTheSame()
    {
        for (var before = 160; before < 200; before++)
            Assert.DoesNotContain(
                "s3cr",
                RecordText.Clean(new string('x', before) + "km_live_k1_s3cr3ts3cr3ts3cr3t"),
                StringComparison.Ordinal
            );
    }

    [Theory]
    [InlineData(200, 200)]
    [InlineData(201, 200)]
    [InlineData(5000, 200)]
    public void Clean_LongText_IsCutAndSaysSo(int length, int cleanLength)
    {
        var clean = RecordText.Clean(new string('x', length));
        Assert.Equal(cleanLength, clean.Length);
        Assert.Equal(length > 200, clean.EndsWith('…'));
    }

    [Fact]
    public void Clean_AnyText_IsBoundedSingleLineAndValid() =>
        Gen.Select(Gen.Char.Array[0, 60], Gen.Int[1, 40])
            .Sample(
                (characters, longest) =>
                {
                    var clean = RecordText.Clean(new string(characters), longest);
                    Assert.InRange(clean.Length, 0, longest);
                    Assert.All(clean.EnumerateRunes(), rune =>
                        Assert.False(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format)
                    );
                    Assert.Equal(clean, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(clean)));
                }
            );
}
