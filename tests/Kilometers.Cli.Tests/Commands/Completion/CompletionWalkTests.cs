using Kilometers.Cli.Commands;
using Kilometers.Cli.Commands.Completion;

namespace Kilometers.Cli.Tests.Commands.Completion;

public sealed class CompletionWalkTests
{
    [Theory]
    [InlineData("plu", "plugins")]
    [InlineData("plugins en", "enable")]
    [InlineData("plugin en", "enable")]
    [InlineData("plugins enable --ser", "--server")]
    [InlineData("config set entitlement", "entitlement-refresh")]
    [InlineData("audit show --decision d", "denied")]
    [InlineData("audit show --decision=d", "--decision=denied")]
    [InlineData("audit show --decision =", "allowed|denied|info")]
    [InlineData("help env", "environment")]
    [InlineData("help aud", "audit")]
    [InlineData("completion f", "fish")]
    [InlineData("nonsense plu", "plugins")]
    [InlineData("logs status:p", "status:pending")]
    [InlineData("logs slower:1s status:p", "status:pending")]
    public void Find_PartOfALine_OffersWhatFits(string line, string expected) =>
        Assert.Equal(expected.Split('|'), Find(line).Items.Select(item => item.Label));

    [Theory]
    [InlineData("policy check ", "Files")]
    [InlineData("plugins install ", "Files")]
    [InlineData("plugins trust ", "Directories")]
    [InlineData("monitor --dev-plugin ", "Files")]
    [InlineData("monitor --quiet -- ", "Command")]
    [InlineData("monitor -- npx --quiet", "Command")]
    [InlineData("check --json -- npx", "Command")]
    [InlineData("import ", "Files")]
    [InlineData("export --output ", "Files")]
    [InlineData("monitor ", "None")]
    [InlineData("plugins -- x", "None")]
    [InlineData("version x", "None")]
    public void Find_APlaceThatTheShellKnows_SaysWhich(string line, string rest) => Assert.Equal(rest, Find(line).Rest.ToString());

    [Fact]
    public void Find_AnOptionThatIsThere_IsNotOfferedAgain() =>
        Assert.DoesNotContain("--json", Find("plugins list --json -").Items.Select(item => item.Label));

    [Fact]
    public void Find_AnOptionThatMayBeRepeated_IsOfferedAgain() =>
        Assert.Contains("--dev-plugin", Find("monitor --dev-plugin a -").Items.Select(item => item.Label));

    [Fact]
    public void Find_NoWordsAtAll_IsNothing() => Assert.Empty(CompletionWalk.Find(RootCommandLine.Create([]), []).Items);

    private static CompletionAnswer Find(string line) => CompletionWalk.Find(RootCommandLine.Create([]), line.Split(' '));
}
