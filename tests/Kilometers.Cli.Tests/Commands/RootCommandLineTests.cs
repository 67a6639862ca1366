using System.CommandLine;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Commands.Http;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Commands;

public sealed class RootCommandLineTests
{
    /// <summary>A session's standard output is the server's; a schema and a file of controls are JSON.</summary>
    private static readonly string[] WithoutJson = [MonitorCommand.Name, BridgeCommand.Name, "guard schema", "compliance controls"];

    public static TheoryData<string> Leaves =>
        [.. All(RootCommandLine.Create([])).Where(path => path.Command.Subcommands.Count == 0).Select(path => path.Name)];

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Create_EveryCommand_AnswersAsDataToo(string name)
    {
        if (WithoutJson.Contains(name))
            return;
        var command = All(RootCommandLine.Create([])).Single(path => path.Name == name).Command;
        Assert.Contains(command.Options, option => option.Name == "--json");
    }

    [Fact]
    public void Create_EveryDescription_IsASentence() =>
        Assert.All(
            All(RootCommandLine.Create([]))
                .SelectMany(path => path.Command.Options.Select(option => option.Description).Append(path.Command.Description))
                .OfType<string>()
                .Where(text => text.Length > 0 && !text.StartsWith("Show ", StringComparison.Ordinal)),
            text => Assert.EndsWith(".", text, StringComparison.Ordinal)
        );

    [Fact]
    public void Create_ArgumentsWithCompletions_AreShownByTheirNames()
    {
        var root = RootCommandLine.Create([]);
        HelpWithExamples.Use(root);
        using var help = new StringWriter();
        root.Parse(["--help"]).Invoke(new InvocationConfiguration { Output = help });
        Assert.Contains("logs <SESSION|SERVER|FILTER>", help.ToString(), StringComparison.Ordinal);
        Assert.Contains("wrap <CLIENT>", help.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<(string Name, Command Command)> All(Command command, string path = "") =>
        command.Subcommands.SelectMany(sub => All(sub, $"{path} {sub.Name}".Trim()).Prepend(($"{path} {sub.Name}".Trim(), sub)));
}
