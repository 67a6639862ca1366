using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Guard;

/// <summary><c>km guard</c>: what the guard plugin knows of servers. Without a subcommand it lists.</summary>
internal static class GuardCommand
{
    private const string Examples = """
        The guard plugin pins what a server tells models (tools, prompts, resources, instructions) when it first sees it. From then on it warns
        of every change. With rules (guard.json), it reports requests that you do not want.
        A SERVER is a name, or the beginning of an id.

        Examples:
          km guard list
          km guard show files
          km guard approve files
          km guard try guard.json --since 7d
          km guard list --json | jq -r '.servers[] | select(.pending > 0).name'
        """;

    private static readonly Column[] Columns =
    [
        new("ID", 2),
        new("SERVER"),
        new("STATE"),
        new("DEFINITIONS", 3, IsNumber: true),
        new("CHANGES", IsNumber: true),
        new("FINDINGS", 1, IsNumber: true),
        new("LAST SEEN", 4),
        new("COMMAND", 5),
    ];

    public static Command Create()
    {
        var command = new Command("guard", "List servers and their changes, show what was found, approve changes, and set rules.");
        SetList(command);
        var list = new Command("list", "List the servers that guard knows, those with changes first.");
        SetList(list);
        command.Add(list);
        command.Add(GuardShowCommand.Create());
        command.Add(GuardApproveCommand.Create());
        command.Add(GuardCheckCommand.Create());
        command.Add(GuardTryCommand.Create());
        command.Add(GuardUseCommand.Create());
        command.Add(GuardCheckCommand.CreateSchema());
        HelpWithExamples.Add(command, Examples);
        HelpWithExamples.Add(list, Examples);
        return command;
    }

    /// <summary>The argument that names a server.</summary>
    public static Argument<string> Server() =>
        new("SERVER") { Description = "A server's name, or the beginning of its id.", CompletionSources = { GuardAccess.Names } };

    private static void SetList(Command command)
    {
        var json = PluginsCommand.Json();
        command.Options.Add(json);
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var servers = GuardAccess.Read(context);
            if (parsed.GetValue(json))
                context.Screen.Json(new GuardReport([.. servers.Select(GuardedServerListing.Of)]), GuardJson.Default.GuardReport);
            else if (servers.Count == 0)
                context.Screen.WriteLine("Guard has not seen any server yet. Install it with: km plugins install guard");
            else
                foreach (var line in context.Screen.Format(Columns, [.. servers.Select(Row)]))
                    context.Screen.WriteLine(line.TrimEnd());
            return Task.FromResult(0);
        });
    }

    private static Cell[] Row(ServerRecord server)
    {
        var pending = server.Pending.Count();
        var high = server.Findings.Count(finding => finding.Severity == Severity.High);
        return
        [
            server.Key[..GuardAccess.ShownKey],
            TerminalText.Line(server.Label),
            pending > 0 ? new("changed", "31") : new("approved", "32"),
            Units.Count(server.Definitions.Count),
            new(Units.Count(pending), pending > 0 ? "31" : null),
            new(Units.Count(server.Findings.Count), high > 0 ? "31" : null),
            Units.Time(server.LastSeen),
            TerminalText.Line(server.Command, 200),
        ];
    }
}
