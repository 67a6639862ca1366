using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Clients;
using Kilometers.Clients.Changes;

namespace Kilometers.Cli.Commands.Wrap;

/// <summary><c>km unwrap</c>: takes back what <c>km wrap</c> did.</summary>
internal static class UnwrapCommand
{
    private const string Name = "unwrap";

    public static Command Create()
    {
        var options = new ChangeOptions();
        var fromBackup = new Option<bool>("--from-backup")
        {
            Description = "Restore whole files as they were before the last `km wrap`. Later changes in them are lost.",
        };
        var command = new Command(Name, "Take km out of the servers of your MCP clients again. Entries come back to the byte.");
        options.AddTo(command);
        command.Options.Add(fromBackup);
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km unwrap
              km unwrap cursor --server files
              km unwrap claude-code --from-backup
              km unwrap --all --yes
            """
        );
        command.Validators.Add(result =>
        {
            if (result.GetValue(fromBackup) && result.GetResult("--server") is not null)
                result.AddError("--from-backup restores whole files: it cannot be used with --server");
        });
        CommandContext.Run(command, (parsed, context, _) =>
            Task.FromResult(parsed.GetValue(fromBackup) ? RunFromBackup(context, options.Read(parsed)) : Run(context, options.Read(parsed)))
        );
        return command;
    }

    private static int Run(CommandContext context, ChangeRequest request)
    {
        var access = new ClientAccess(context);
        var run = new ChangeRun(context, access, request, Name);
        var changes = new List<FileChange>();
        foreach (var config in run.Find())
        {
            var wrapped = run.Selected(config).Where(entry => entry.IsWrapped);
            if (run.Plan(config, wrapped, (found, paths) => FileChange.Unwrap(found, paths, access.Store)) is { } change)
                changes.Add(change);
        }

        var count = changes.Sum(change => change.Entries.Count);
        var status = run.Make(
            changes,
            $"Take km out of {ServerWords.Count(count, "server")}, by changing {ServerWords.Count(changes.Count, "file")}?",
            "There is nothing to unwrap. See: km wrap status"
        );
        if (run.HasChanged && !request.IsJson)
            context.Screen.WriteLine("Restart the clients that are running.");
        return status;
    }

    private static int RunFromBackup(CommandContext context, ChangeRequest request)
    {
        var access = new ClientAccess(context);
        var run = new ChangeRun(context, access, request, Name);
        var changes = new List<FileChange>();
        var found = run.Find(isTolerant: true);
        var hasBackup = false;
        foreach (var config in found.Where(config => config.Source is not null))
        {
            (byte[] Content, DateTimeOffset At)? backup;
            try
            {
                backup = access.Store.Newest(config.Source!.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw ClientErrors.Unreadable($"The backup of {config.File}", e.Message);
            }

            if (backup is not var (content, at))
                continue;
            hasBackup = true;
            if (content.AsSpan().SequenceEqual(config.Source!.Content))
                continue;
            if (!request.IsJson)
                context.Screen.WriteLine($"{config.File} as it was {Units.Time(at)}:");
            changes.Add(FileChange.Restore(config, content));
        }

        if (!hasBackup)
            throw ClientErrors.NoBackup(found.Count == 0 ? "any client" : string.Join(", ", found.Select(config => config.File)));
        return run.Make(
            changes,
            $"Restore {ServerWords.Count(changes.Count, "whole file")}? Everything that was changed in them since is lost.",
            "The files are as they were before km wrapped them."
        );
    }
}
