using System.Text.Json.Nodes;
using Kilometers.Packager.Commands;
using Kilometers.Packager.Tests.Running;

namespace Kilometers.Packager.Tests.Commands;

public sealed class RootCommandLineTests
{
    [Theory]
    [InlineData("version")]
    [InlineData("--help")]
    public async Task Invoke_KnownCommand_ExitsWithZero(string command) => Assert.Equal(0, await RootCommandLine.InvokeAsync([command]));

    [Theory]
    [InlineData("nonsense")]
    [InlineData("version --nonsense")]
    [InlineData("")]
    public async Task Invoke_UnknownOrMissingCommand_ExitsWithTwo(string line) =>
        Assert.Equal(2, await RootCommandLine.InvokeAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Theory]
    [InlineData("inspect|none.kmpkg|--json", "", false)]
    [InlineData("inspct|none.kmpkg|--json", "Did you mean: kmpkg inspect", true)]
    [InlineData("keys|lst|--json", "Did you mean: kmpkg keys list", true)]
    public void Invoke_WithJson_GivesTheErrorAsData(string line, string hint, bool isUsage)
    {
        using var kmpkg = Kmpkg.WithKeys();
        var outcome = kmpkg.Run(line.Split('|'));
        Assert.Equal(isUsage ? 2 : 1, outcome.Status);
        var error = JsonNode.Parse(outcome.Output)!["error"]!;
        Assert.Contains($"[{(string)error["code"]!}]", outcome.Errors, StringComparison.Ordinal);
        if (isUsage)
            Assert.Equal(hint, (string)error["hint"]!);
    }
}
