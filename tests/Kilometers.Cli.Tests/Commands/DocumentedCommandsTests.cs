using System.Globalization;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Commands.Http;

namespace Kilometers.Cli.Tests.Commands;

/// <summary>What the documents tell people to type is what km understands.</summary>
public sealed class DocumentedCommandsTests
{
    [Fact]
    public void All_OfKm_AreCommandLinesOfKm()
    {
        var commands = DocumentedCommands.Of("km").ToList();
        Assert.True(commands.Count > 80, $"{commands.Count} command lines of km in all documents");
        var faults = commands.SelectMany(command => Errors(command.Words).Select(error => $"{command.Place}: {error}")).ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static IEnumerable<string> Errors(string[] words)
    {
        // Screens of km top and the like begin with its name, too.
        if (words is ["top", var time, ..] && TimeOnly.TryParse(time, CultureInfo.InvariantCulture, out _))
            return [];
        var end = words is [BridgeCommand.Name, ..] ? -1 : Array.IndexOf(words, "--");
        var own = CommandAliases.Resolve(end < 0 ? words : words[..end]);
        return RootCommandLine.Create(end < 0 ? [] : words[(end + 1)..]).Parse(own).Errors.Select(error => error.Message);
    }
}
