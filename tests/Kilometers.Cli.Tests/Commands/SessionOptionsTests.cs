using Kilometers.Cli.Commands;
using Kilometers.Relay;

namespace Kilometers.Cli.Tests.Commands;

/// <summary>The relay leaves what it does not understand to km-host, which puts it in other words: those the relay must understand.</summary>
public sealed class SessionOptionsTests
{
    [Theory]
    [InlineData("", "cat")]
    [InlineData("", "dir/")]
    [InlineData("", "/")]
    [InlineData("", "-x")]
    [InlineData("--name|", "cat")]
    [InlineData("--name=", "cat")]
    [InlineData("--name|-x", "cat")]
    [InlineData("--name=-x", "cat")]
    [InlineData("--name=a=b", "cat")]
    [InlineData("--name:a b", "cat")]
    [InlineData("--quiet=true", "dir/")]
    [InlineData("--no-plugins=false", "-x")]
    [InlineData("-q|--server|true", "cat")]
    [InlineData("--buffer-size|1 mb", "cat")]
    [InlineData("--queue-size=64mb|--buffer-size=1GB", "cat")]
    [InlineData("--dev-plugin=a b|--dev-plugin|c=d|--dev-access=/tmp", "cat")]
    public void Write_WhateverIsUnderstood_TheRelayUnderstands(string options, string server)
    {
        var first = Read(options.Length > 0 ? options.Split('|') : [], server);
        var words = SessionOptions.Write(first);
        var relayed = SessionArguments.TryParse([MonitorCommand.Name, .. words, "--", server]);
        Assert.NotNull(relayed);
        Assert.Equal(first.BufferSize, relayed.MaxMessage);
        Assert.Equivalent(first, Read([.. words], server));
        Assert.NotEmpty(first.Name);
    }

    [Theory]
    [InlineData("--dev-plugin|", "--dev-plugin: its PATH is missing")]
    [InlineData("--dev-access|", "--dev-access: its DIR is missing")]
    [InlineData("--dev-access|--quiet", "--dev-access: its DIR is missing before '--quiet'")]
    public void Parse_OptionWithoutItsValue_SaysWhich(string options, string message) =>
        Assert.Contains(MonitorCommand.Create(["cat"]).Parse(options.Split('|')).Errors, error => error.Message == message);

    /// <summary>As a client does whose variable for the name is empty.</summary>
    [Fact]
    public async Task Monitor_WithAnEmptyName_Runs()
    {
        var home = Directory.CreateTempSubdirectory("km-t-");
        try
        {
            var environment = new Dictionary<string, string?> { ["KM_HOST"] = "private" };
            var (status, _, errors) = await RealKm.RunAsync(
                home.FullName,
                environment,
                "monitor",
                "--no-plugins",
                "--name",
                "",
                "--",
                "true"
            );
            Assert.True(status == 0, errors);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static MonitorOptions Read(string[] words, string server)
    {
        MonitorOptions? options = null;
        var command = MonitorCommand.Create([server], found => options = found);
        var parsed = command.Parse(words);
        Assert.Empty(parsed.Errors);
        parsed.Invoke();
        return options!;
    }
}
