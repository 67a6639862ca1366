using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Logs;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins logs</c>: what a plugin printed and logged, in sessions that run and in those that have ended.</summary>
internal static class PluginLogsCommand
{
    private const string Examples = """
        Each line has the time, the server, the session and what the plugin said; WARN and the like are the levels of its log. The terminal of a
        session shows only what is printed and, of the log, warnings and errors. Of each plugin the last 2 to 4 MB are kept, with secrets
        masked. To keep nothing: km config set keep-plugin-logs false

        Examples:
          km plugins logs console-logger
          km plugins logs my-plugin --follow
          km plugins logs my-plugin --since 1h --lines 0
          km plugins logs my-plugin --json | jq -r 'select(.level == "error") | .text'
        """;

    private const int DefaultLines = 100;
    private const int FirstOfFollowed = 10;

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The plugin.", CompletionSources = { KnownNames.LoggedPlugins } };
        var follow = new Option<bool>("--follow", "-f")
        {
            Description =
                $"Show each line as it comes, until Ctrl+C. Begins with the last {FirstOfFollowed} unless --since or --lines says otherwise.",
        };
        var since = TimeOption.Create("--since", "From this time on: 30m, 2h or 7d ago, or a date, or a time like 2026-11-01T08:30:00Z.");
        var lines = new Option<int?>("--lines", "-n")
        {
            Description = $"Only the newest N lines; 0: all. Default: {DefaultLines}, or all with --since.",
            HelpName = "N",
        };
        lines.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                result.AddError($"--lines: '{token.Value}' is not a number of lines, 0 or more");
        });
        var json = PluginsCommand.Json();
        json.Description = "Print JSON, one line of the plugin per line.";
        var command = new Command("logs", "Show what a plugin printed and logged, in running and in past sessions, the newest last.")
        {
            name,
            follow,
            since,
            lines,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var plugin = parsed.GetValue(name)!;
            var isFollowed = parsed.GetValue(follow);
            var from = parsed.GetValue(since)?.Before(context.Time.GetUtcNow());
            var most = parsed.GetValue(lines) switch
            {
                0 => int.MaxValue,
                { } given => given,
                null when from is not null => int.MaxValue,
                null => isFollowed ? FirstOfFollowed : DefaultLines,
            };
            var files = new PluginLogFiles(context.Paths.Logs);
            var reader = new PluginLogReader(files, plugin);
            var view = new PluginLogView(context.Screen, parsed.GetValue(json), context.Time.GetUtcNow());
            try
            {
                var kept = reader.ReadNew();
                if (kept.Count == 0)
                    EnsureExists(context, files, plugin);
                if (!view.TryShow(kept.Where(line => from is null || line.At >= from).TakeLast(most)))
                    return 0;
                if (isFollowed)
                    await FollowAsync(reader, view, context.Time, cancellationToken).ConfigureAwait(false);
                else if (!view.HasShown && !parsed.GetValue(json))
                    context.Screen.WriteLine(Nothing(context, plugin, kept.Count > 0));
                return 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new KmException(
                    new KmError(
                        ErrorCode.PluginLogNotRead,
                        $"What is kept of plugin '{plugin}' cannot be read",
                        e.Message,
                        $"Check the permissions of {context.Paths.Logs}"
                    )
                );
            }
        });
        return command;
    }

    private static async Task FollowAsync(
        PluginLogReader reader,
        PluginLogView view,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        using var interrupt = new UserInterrupt(cancellationToken);
        try
        {
            await foreach (var lines in reader.FollowAsync(time, interrupt.Token).ConfigureAwait(false))
                if (!view.TryShow(lines))
                    return; // nobody reads any more
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C
        }
    }

    /// <summary>A plugin that is installed may have said nothing yet. Of any other, something is kept or its name is wrong.</summary>
    private static void EnsureExists(CommandContext context, PluginLogFiles files, string plugin)
    {
        var names = files.Names.Order(StringComparer.Ordinal).ToList();
        if (
            names.Contains(plugin)
            || File.Exists(context.Paths.PackageOf(plugin))
            || (context.Paths.SystemPlugins is { } system && File.Exists(Path.Combine(system, plugin + ".kmpkg")))
        )
            return;
        throw new KmException(
            new KmError(
                ErrorCode.NoPluginLog,
                $"No plugin '{plugin}' is installed, and km has kept nothing from one",
                names.Count == 0 ? null : $"Something is kept of: {string.Join(", ", names)}",
                "A plugin under development has the name that it reports, or its file's name if it ended before that."
            )
        );
    }

    private static string Nothing(CommandContext context, string plugin, bool hasOther) =>
        hasOther ? "No lines match."
        : context.Settings().Get(KmSettings.PluginLogs).Value == "false"
            ? $"Nothing is kept of {plugin}. To keep what plugins say: km config set keep-plugin-logs true"
        : $"{plugin} has said nothing yet.";
}
