using Kilometers.Cli.Commands;

namespace Kilometers.Cli.Tests.Commands.Http;

public sealed class HttpOptionsTests
{
    [Theory]
    [InlineData("proxy --to https://example.com/mcp")]
    [InlineData("proxy --to http://[::1]:3000 --listen 8123 --json")]
    [InlineData("proxy --to http://a/ --listen localhost:0 --header X-Key:${KEY} --header B:")]
    [InlineData("proxy --to http://a/ --listen [::1]:8123")]
    [InlineData("bridge https://example.com/mcp --header X-Key:a --name n --no-plugins")]
    [InlineData("monitor --url https://example.com/mcp --quiet")]
    [InlineData("bridge https://a/ --client-id a --client-secret-env SECRET --callback-port 3334 --sign-in-wait 120")]
    [InlineData("auth login --server https://a/mcp --client-id https://b/client.json")]
    [InlineData("auth logout --server https://a/mcp --json")]
    [InlineData("auth servers --json")]
    [InlineData("bridge --name n --header-env X-Key=KEY --header-env Y=_2 --bearer-env TOKEN -- https://a/mcp")]
    [InlineData("proxy --to https://a/ --bearer-env TOKEN")]
    public void Parse_WhatCanBe_HasNoErrors(string line) => Assert.Empty(Parse(line));

    [Theory]
    [InlineData("proxy", "--to")]
    [InlineData("proxy --to example.com/mcp", "not the address of a server")]
    [InlineData("proxy --to ftp://example.com/", "not the address of a server")]
    [InlineData("proxy --to https://user:secret@example.com/", "--header")]
    [InlineData("proxy --to http://a/ --listen 0.0.0.0:8123", "other machines")]
    [InlineData("proxy --to http://a/ --listen 70000", "not an address and a port")]
    [InlineData("proxy --to http://a/ --listen example.com:80", "not an address and a port")]
    [InlineData("bridge", "URL")]
    [InlineData("bridge https://a/ --client-secret-env SECRET", "needs --client-id")]
    [InlineData("bridge https://a/ --callback-port 70000", "70000")]
    [InlineData("bridge https://a/ --sign-in-wait 0", "1 to 600")]
    [InlineData("auth login --client-id a", "needs --server")]
    [InlineData("auth logout --server nowhere", "not the address of a server")]
    [InlineData("bridge https://a/ --header secret", "is not a header")]
    [InlineData("bridge https://a/ --header A\u0007:b", "is not a header")]
    [InlineData("bridge https://a/ --header :b", "is not a header")]
    [InlineData("bridge https://a/ --header-env X-Key", "needs a variable")]
    [InlineData("bridge https://a/ --header-env X-Key=a-b", "needs a variable")]
    [InlineData("bridge https://a/ --header-env X Y=KEY", "needs a variable")]
    [InlineData("bridge https://a/ --bearer-env ey.J0", "not a token")]
    [InlineData("monitor --header A:b", "command is missing")]
    public void Parse_WhatCannotBe_SaysWhy(string line, string expected) =>
        Assert.Contains(Parse(line), message => message.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void Parse_MalformedHeader_DoesNotRepeatItsValue() =>
        Assert.DoesNotContain(Parse("bridge https://a/ --header A\u0007:secret"), message =>
            message.Contains("secret", StringComparison.Ordinal)
        );

    [Fact]
    public void Parse_AddressAndCommand_AreNotBothGiven()
    {
        var result = RootCommandLine.Create(["server"]).Parse(["monitor", "--url", "https://a/"]);
        Assert.Contains(result.Errors, error => error.Message.Contains("not both", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--header", "A:b")]
    [InlineData("--header-env", "A=B")]
    [InlineData("--bearer-env", "A")]
    public void Parse_AHeaderForACommand_SaysThatThereIsNone(string option, string value)
    {
        var result = RootCommandLine.Create(["server"]).Parse(["monitor", option, value]);
        Assert.Contains(result.Errors, error => error.Message.StartsWith($"{option} needs --url", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Parse(string line) =>
        RootCommandLine.Create([]).Parse(line.Split(' ')).Errors.Select(error => error.Message);
}
