using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Clients.Servers;

namespace Kilometers.Cli.Commands.Wrap;

/// <summary><c>km wrap status</c>.</summary>
internal static class WrapStatusCommand
{
    private static readonly Column[] Columns = [new("CLIENT"), new("SERVER"), new("STATE"), new("DETAIL", Rank: 2), new("FILE", Rank: 1)];

    public static Command Create()
    {
        var json = PluginsCommand.Json();
        var command = new Command("status", "Show the servers of your MCP clients, and which of them run through km.") { json };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km wrap status
              km wrap status --json
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var access = new ClientAccess(context);
            var found = access.Find([]);
            var problems = found.Select(config => config.Problem).OfType<Contracts.KmError>().ToList();
            if (parsed.GetValue(json))
            {
                var servers = found.SelectMany(config => config.Entries.Select(entry => ServerListing.From(config, entry))).ToList();
                context.Screen.Json(new WrapStatusReport(servers, problems), WrapJsonContext.Default.WrapStatusReport);
            }
            else
            {
                Show(context, access, found);
                foreach (var problem in problems)
                    context.Errors.Warn(problem);
            }

            return Task.FromResult(problems.Count == 0 ? 0 : 1);
        });
        return command;
    }

    private static void Show(CommandContext context, ClientAccess access, IReadOnlyList<FoundConfig> found)
    {
        var rows = (
            from config in found
            from entry in config.Entries
            select (IReadOnlyList<Cell>)
                [
                    config.Client.Name,
                    Name(config, entry),
                    ServerWords.Cell(entry),
                    ServerWords.Detail(entry),
                    ServerWords.Short(config.File, access.Machine.Home),
                ]
        ).ToList();
        if (rows.Count == 0)
        {
            context.Screen.WriteLine("No MCP client on this machine has a server that km could find.");
            return;
        }

        var (columns, shown) = rows.All(row => row[3].Text.Length == 0)
            ? (
                [.. Columns.Where(column => column.Title != "DETAIL")],
                rows.ConvertAll(row => (IReadOnlyList<Cell>)[.. row.Take(3), row[4]])
            )
            : ((IReadOnlyList<Column>)Columns, rows);
        foreach (var line in context.Screen.Format(columns, shown))
            context.Screen.WriteLine(line.TrimEnd());
        if (found.SelectMany(config => config.Entries).Any(entry => entry.State == EntryState.NotWrapped))
            context.Screen.WriteLine("To run them through km: km wrap");
    }

    /// <summary>Claude Code keeps servers of many projects in one file.</summary>
    private static string Name(FoundConfig config, ServerEntry entry) =>
        config.Locations.Count > 1 && entry.Path is ["projects", var project, ..]
            ? $"{entry.Name} ({Path.GetFileName(project)})"
            : entry.Name;
}
