using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;
using Kilometers.Files;

namespace Kilometers.Cli.Commands.Wrap;

/// <summary><c>km wrap</c>: puts km in front of the servers of MCP clients.</summary>
internal static class WrapCommand
{
    private const string Name = "wrap";

    public static Command Create()
    {
        var options = new ChangeOptions();
        var command = new Command(Name, "Run the servers of your MCP clients through km. Shows each change and asks first.")
        {
            WrapStatusCommand.Create(),
        };
        options.AddTo(command);
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km wrap
              km wrap --dry-run
              km wrap cursor claude-code --server files
              km wrap --project
              km wrap --all --yes
            To take the changes back: km unwrap
            """
        );
        CommandContext.Run(command, (parsed, context, _) => Task.FromResult(Run(context, options.Read(parsed))));
        return command;
    }

    /// <summary>At the end of <c>km init</c>: on a terminal the same as <c>km wrap</c>, else one line.</summary>
    /// <param name="context">The command's.</param>
    /// <param name="isInteractive">Whether the user is there to ask.</param>
    public static void Offer(CommandContext context, bool isInteractive)
    {
        // km can do without a home directory where KM_HOME names another place; clients cannot.
        if (UserHome.Find() is null)
            return;
        var access = new ClientAccess(context);
        var clients = access
            .Find([])
            .Where(config => !config.IsProject && config.Entries.Any(entry => entry.State == EntryState.NotWrapped))
            .ToList();
        if (clients.Count == 0)
            return;
        var count = clients.Sum(config => config.Entries.Count(entry => entry.State == EntryState.NotWrapped));
        var titles = string.Join(", ", clients.Select(config => config.Client.Title).Distinct());
        if (!isInteractive)
        {
            context.Screen.WriteLine($"To run {ServerWords.Count(count, "server")} of {titles} through km: km wrap");
            return;
        }

        context.Screen.WriteLine("");
        try
        {
            _ = Run(context, new ChangeRequest());
        }
        catch (Contracts.KmException e) when (e.Error.Code == Contracts.ErrorCode.Declined)
        {
            context.Screen.WriteLine("Nothing changed. To do it later: km wrap");
        }
    }

    private static int Run(CommandContext context, ChangeRequest request)
    {
        var access = new ClientAccess(context);
        var run = new ChangeRun(context, access, request, Name);
        var changes = new List<FileChange>();
        foreach (var config in run.Find())
        {
            var selected = run.Selected(config).ToLookup(entry => entry.State == EntryState.NotWrapped);
            if (run.Plan(config, selected[true], FileChange.Wrap) is { } change)
                changes.Add(change);
            run.Leave(config, selected[false]);
        }

        var count = changes.Sum(change => change.Entries.Count);
        var status = run.Make(
            changes,
            $"Run {ServerWords.Count(count, "server")} through km, by changing {ServerWords.Count(changes.Count, "file")}?",
            "There is nothing to wrap. See: km wrap status"
        );
        if (run.HasChanged && !request.IsJson)
            context.Screen.WriteLine("Restart the clients that are running. To take this back: km unwrap");
        return status;
    }
}
