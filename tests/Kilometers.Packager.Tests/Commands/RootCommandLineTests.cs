using Kilometers.Packager.Commands;

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
}
