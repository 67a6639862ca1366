using System.Text.Json;

namespace Kilometers.Cli.Tests.Commands.Help;

public sealed class HelpCommandTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("km-help-").FullName;

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help plugins install", "plugins install --help")]
    [InlineData("help login", "auth login --help")]
    [InlineData("help help", "help --help")]
    public async Task Help_ACommand_IsThatOfTheCommand(string typed, string meant)
    {
        var (status, output, _) = await RealKm.RunAsync(_home, typed.Split(' '));
        Assert.Equal(0, status);
        Assert.Equal((await RealKm.RunAsync(_home, meant.Split(' '))).Output, output);
    }

    [Fact]
    public async Task Help_ATopicThatIsACommandToo_ShowsBoth()
    {
        var (_, output, _) = await RealKm.RunAsync(_home, "help", "policy");
        Assert.StartsWith("Policies: ", output, StringComparison.Ordinal);
        Assert.Contains("km policy [command]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_ATopicAsData_HasItsText()
    {
        var (_, output, _) = await RealKm.RunAsync(_home, "help", "files", "--json");
        Assert.Contains("~/.km/registry.json", JsonElement.Parse(output).GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("polici", "Did you mean: policy")]
    [InlineData("qqqqqqqq", "See: km help")]
    [InlineData("plugins enabel", "Did you mean: enable")]
    public async Task Help_SomethingUnknown_IsAnErrorThatHelps(string typed, string hint)
    {
        var (status, output, errors) = await RealKm.RunAsync(_home, ["help", .. typed.Split(' ')]);
        Assert.Equal(2, status);
        Assert.Empty(output);
        Assert.Contains(hint, errors, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
