using Kilometers.Plugins.Guard.Flows;

namespace Kilometers.Plugins.Guard.Tests.Flows;

public sealed class FingerprintsTests
{
    private const string Passage = "The quarterly numbers of the northern region";

    [Theory]
    [InlineData("", "")]
    [InlineData("Hello! ", " And goodbye to everybody who came here today.")]
    [InlineData("A long text that has nothing to do with the other one. ", " 1234567890")]
    public void Of_ASharedPassage_IsFoundWhereverItIs(string before, string after) =>
        Assert.Contains(
            Hashes(Passage).First(),
            Hashes(before + Passage.ToUpperInvariant().Replace(" ", "\n> ", StringComparison.Ordinal) + after)
        );

    [Fact]
    public void Of_AnyPassageOfTheGuaranteedLength_SharesANumber()
    {
        var random = new Random(7);
        var text = new string([.. Enumerable.Range(0, 2000).Select(_ => (char)('a' + random.Next(26)))]);
        var whole = Hashes(text).ToHashSet();
        for (var start = 0; start + Fingerprints.Guaranteed <= text.Length; start += 13)
            Assert.Contains(Hashes(text.Substring(start, Fingerprints.Guaranteed)), whole.Contains);
    }

    [Fact]
    public void Of_LessThanOnePassage_HasNone() => Assert.Empty(Fingerprints.Of("only twenty-three letters."[..24]));

    [Fact]
    public void Of_TheSameLetterAgainAndAgain_IsFew() => Assert.Single(Hashes(new string('a', 10_000)).Distinct());

    private static IEnumerable<ulong> Hashes(string text) => Fingerprints.Of(text).Select(print => print.Hash);
}
