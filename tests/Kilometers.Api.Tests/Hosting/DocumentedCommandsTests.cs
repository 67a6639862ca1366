using Kilometers.Api.Hosting;
using Kilometers.Cli.Output;
using Kilometers.Cli.Tests.Commands;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>What the documents tell operators to type is what km-api understands.</summary>
public sealed class DocumentedCommandsTests
{
    [Fact]
    public void All_OfKmApi_AreCommandLinesOfKmApi()
    {
        using var errors = new StandardError();
        var root = CommandLine.Create(errors, TimeProvider.System);
        var commands = DocumentedCommands.Of("km-api").ToList();
        Assert.True(commands.Count > 15, $"{commands.Count} command lines of km-api in all documents");
        var faults = commands
            .SelectMany(command => root.Parse(command.Words).Errors.Select(error => $"{command.Place}: {error.Message}"))
            .ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
