using Kilometers.Cli.Commands;

namespace Kilometers.Cli.Tests.Commands;

public sealed class SuggestionTests
{
    private static readonly string[] Commands =
    [
        "monitor",
        "init",
        "auth",
        "plugins",
        "trust",
        "policy",
        "audit",
        "config",
        "update",
        "version",
    ];

    [Theory]
    [InlineData("montior", "monitor")]
    [InlineData("moniter", "monitor")]
    [InlineData("mon", "monitor")]
    [InlineData("plugns", "plugins")]
    [InlineData("Config", "config")]
    [InlineData("int", "init")]
    [InlineData("versoin", "version")]
    [InlineData("npx", null)]
    [InlineData("observe", null)]
    [InlineData("signin", null)]
    [InlineData("", null)]
    [InlineData("x", null)]
    public void For_Word_IsTheCloseOneOrNone(string typed, string? meant) => Assert.Equal(meant, Suggestion.For(typed, Commands));

    [Theory]
    [InlineData("login", "auth login")]
    [InlineData("plugin ls", "plugins list")]
    [InlineData("plugins info x", "plugins status x")]
    [InlineData("plugins upgrade", "plugins refresh")]
    [InlineData("install x", "plugins install x")]
    [InlineData("ls", "plugins list")]
    [InlineData("sign-in", "auth login")]
    [InlineData("config unset endpoint", "config set endpoint")]
    [InlineData("trust rm x", "trust remove x")]
    [InlineData("-v", "version")]
    [InlineData("monitor login", "monitor login")]
    [InlineData("plugins install ls", "plugins install ls")]
    public void Resolve_Habit_IsTheCommandThatDoesIt(string typed, string meant) =>
        Assert.Equal(meant.Split(' '), CommandAliases.Resolve(typed.Split(' ')));
}
