using Kilometers.Cli.Output;
using Kilometers.Cli.Tests.Commands;
using Kilometers.Packager.Commands;

namespace Kilometers.Packager.Tests.Commands;

/// <summary>What the documents tell authors of plugins to type is what kmpkg understands.</summary>
public sealed class DocumentedCommandsTests
{
    [Fact]
    public void All_OfKmpkg_AreCommandLinesOfKmpkg()
    {
        using var errors = StandardError.OfCommand();
        var root = RootCommandLine.Create(errors);
        var commands = DocumentedCommands.Of("kmpkg").ToList();
        Assert.True(commands.Count > 15, $"{commands.Count} command lines of kmpkg in all documents");
        var faults = commands
            .SelectMany(command => root.Parse(command.Words).Errors.Select(error => $"{command.Place}: {error.Message}"))
            .ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
