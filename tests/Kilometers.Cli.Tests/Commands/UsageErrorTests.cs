using Kilometers.Cli.Commands;

namespace Kilometers.Cli.Tests.Commands;

/// <summary>What people write before they have read anything, and the command line that they are led to.</summary>
public sealed class UsageErrorTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("km-t-");

    public void Dispose() => _home.Delete(recursive: true);

    [Theory]
    [InlineData("npx|-y|thing", "km monitor -- npx -y thing")]
    [InlineData("docker|run|thing", "km monitor -- docker run thing")]
    [InlineData("sh", "km monitor -- sh")]
    [InlineData("sh|-c|a b", "km monitor -- sh -c 'a b'")]
    [InlineData("--|sh|-c|x", "km monitor -- sh -c x")]
    [InlineData("run|--|sh", "km monitor -- sh")]
    [InlineData("--name|x|--|sh", "km monitor --name x -- sh")]
    [InlineData("--dev-plugin=./p|--|sh", "km monitor --dev-plugin=./p -- sh")]
    [InlineData("https://example.com/mcp", "km monitor --url https://example.com/mcp")]
    [InlineData("monitor|npx|thing", "km monitor -- npx thing")]
    [InlineData("monitor|--name|x|npx|thing|--port|1", "km monitor --name x -- npx thing --port 1")]
    [InlineData("monitor|--quiet|sh -c x", "km monitor --quiet -- sh -c x")]
    [InlineData("monitor|https://example.com/mcp", "km monitor --url https://example.com/mcp")]
    [InlineData("monitor|--quiet|.", "km monitor --quiet -- node ./index.js")]
    public async Task A_slip_leads_to_the_command_that_was_meant(string typed, string meant)
    {
        var (status, _, errors) = await RealKm.RunAsync(_home.FullName, typed.Split('|'));
        Assert.Equal(2, status);
        Assert.Contains(meant + "\n", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://example.com/mcp", "km monitor --url https://example.com/mcp")]
    [InlineData("http://127.0.0.1:3000/?a=1&b=2", "km monitor --url 'http://127.0.0.1:3000/?a=1&b=2'")]
    [InlineData("localhost:3000/mcp", "km monitor --url http://localhost:3000/mcp")]
    [InlineData("example.com/mcp", "km monitor --url https://example.com/mcp")]
    [InlineData("wss://example.com/mcp", "km monitor -- COMMAND wss://example.com/mcp")]
    public void An_address_as_the_server_leads_to_what_connects_to_it(string server, string meant) =>
        Assert.EndsWith(meant, ServerCommand.WhyNot([server])!.Hint, StringComparison.Ordinal);

    [Theory]
    [InlineData("no-such-program")]
    [InlineData("no.such")]
    [InlineData("./no/such")]
    [InlineData("../no/such")]
    [InlineData("/no/such.d/x")]
    [InlineData("a:b")]
    public void What_is_no_address_is_not_called_one(string server) => Assert.Null(ServerCommand.WhyNot([server]));

    [Theory]
    [InlineData("plugins|help", "km plugins [command]")]
    [InlineData("monitor|help", "km monitor [options]")]
    [InlineData("audit", "km audit [command]")]
    public async Task Help_is_given_where_it_is_asked_for(string typed, string usage)
    {
        var (status, output, errors) = await RealKm.RunAsync(_home.FullName, typed.Split('|'));
        Assert.Equal((0, ""), (status, errors));
        Assert.Contains(usage, output, StringComparison.Ordinal);
    }
}
