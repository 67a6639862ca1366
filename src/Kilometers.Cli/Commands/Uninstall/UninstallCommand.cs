using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;
using Kilometers.Processes.Unix;

namespace Kilometers.Cli.Commands.Uninstall;

/// <summary><c>km uninstall</c>: shows what km keeps for this user, and removes it under <c>--yes</c>.</summary>
internal static class UninstallCommand
{
    /// <summary>How long the plugins of a session that is over may take.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    public static Command Create()
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Remove it. Without this option, km only shows what it would remove." };
        var json = PluginsCommand.Json();
        var command = new Command(
            "uninstall",
            "Show everything that km keeps for you (changed MCP clients, API key, plugins and what they stored, settings, audit log), and remove it with --yes."
        )
        {
            yes,
            json,
        };
        HelpWithExamples.Add(
            command,
            """
            The audit log is removed too. To keep it, copy the folder first; see: km help files
            Nothing is removed while a plugin is installed that the administrator's policy requires.

            Examples:
              km uninstall
              km uninstall --yes
            """
        );
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var isDone = parsed.GetValue(yes);
            if (isDone)
            {
                EnsureNothingIsRequired(context);
                await EnsureNothingRunsAsync(context, cancellationToken).ConfigureAwait(false);
            }

            var report = new UninstallReport
            {
                IsDone = isDone,
                Items = isDone ? await RemoveAsync(context, cancellationToken).ConfigureAwait(false) : Find(context),
                Program = Program(OwnProgram.RelayPath),
            };
            if (parsed.GetValue(json))
                context.Screen.Json(report, CommandJsonContext.Default.UninstallReport);
            else
                Show(context, report);
            var left = report.Items.Where(item => item.Error is not null).ToList();
            return left.Count == 0
                ? 0
                : context.Errors.Report(
                    new KmError(
                        ErrorCode.NotUninstalled,
                        $"{(left.Count == 1 ? "1 thing was" : $"{left.Count} things were")} not removed",
                        string.Join('\n', left.Select(item => $"{item.What}: {item.Error}")),
                        "Correct the cause and run it again, or remove what is named yourself."
                    )
                );
        });
        return command;
    }

    private static List<UninstallOutcome> Find(CommandContext context) =>
        [.. UninstallParts.All.SelectMany(part => part.Find(context)).Select(item => new UninstallOutcome(item.Kind, item.What))];

    /// <summary>Removes everything, part by part: nothing that one part needs is gone before its turn.</summary>
    private static async Task<List<UninstallOutcome>> RemoveAsync(CommandContext context, CancellationToken cancellationToken)
    {
        // Nothing is installed meanwhile. Its own file goes with the others.
        using var held = Directory.Exists(context.Paths.Home)
            ? await InstallationLock.TakeAsync(context.Paths, context.Time, cancellationToken).ConfigureAwait(false)
            : null;
        var outcomes = new List<UninstallOutcome>();
        foreach (var part in UninstallParts.All)
        {
            var hasFailed = outcomes.Exists(outcome => outcome.Error is not null);
            foreach (var item in part.Find(context))
                outcomes.Add(
                    new UninstallOutcome(item.Kind, item.What, hasFailed ? "Not tried, because something before it failed." : Remove(item))
                );
        }

        return outcomes;
    }

    /// <returns>Why it is still there; null if it is gone.</returns>
    private static string? Remove(UninstallItem item)
    {
        try
        {
            item.Remove();
            return null;
        }
        catch (KmException e)
        {
            return e.Error.Summary;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>
    /// What the administrator requires is not removed in this way either, nor is the log of what ran with it. The user's own policy is the user's
    /// to remove.
    /// </summary>
    private static void EnsureNothingIsRequired(CommandContext context)
    {
        var required = context
            .Rules.Documents.Where(document => document.Author == PolicyAuthor.Administrator)
            .SelectMany(document => document.RequiredPlugins ?? [])
            .FirstOrDefault(rule => File.Exists(context.Paths.PackageOf(rule.Name)));
        if (required is not null && context.Rules.WhyKept(required.Name) is { } kept)
            throw new KmException(kept);
    }

    /// <summary>
    /// A session would lose its plugins and its audit log, and make the directory again. One that is over is waited for: its plugins may still be
    /// writing.
    /// </summary>
    private static async Task EnsureNothingRunsAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var client = ControlClient.Create(context.Paths.Home, context.Time);
        client.EnsureMayAct();
        var start = context.Time.GetTimestamp();
        while (true)
        {
            var sessions = await client.StatusAsync(ControlClient.StatusLimit, cancellationToken).ConfigureAwait(false);
            if (sessions.Count == 0)
                return;
            if (sessions.Any(session => Runs(session.Address.Pid)) || context.Time.GetElapsedTime(start) > EndLimit)
                throw InUse([.. sessions.Select(session => session.Address.Pid)]);
            await Task.Delay(LookEvery, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool Runs(int process) => !OperatingSystem.IsLinux() || ProcessTable.Find(process) is { IsAlive: true };

    private static KmException InUse(IReadOnlyList<int> processes) =>
        new(
            new KmError(
                ErrorCode.SessionsRun,
                $"km is in use by {(processes.Count == 1 ? "1 session" : $"{processes.Count} sessions")}; nothing was removed",
                $"Processes: {string.Join(", ", processes)}",
                "Close the MCP clients that started them, and run it again."
            )
        );

    /// <summary>km does not delete the program that runs: what installed it knows how, and keeps its own record of it.</summary>
    internal static string Program(string? path) =>
        path is null ? "The program itself stays; remove it as you installed it."
        : path.StartsWith("/usr/bin/", StringComparison.Ordinal) || path.StartsWith("/usr/lib/", StringComparison.Ordinal)
            ? $"{path} stays; remove it with your system's package manager: apt remove km, or dnf remove km"
        : path.Contains("/.store/km/", StringComparison.Ordinal) ? $"{path} stays; remove it with: dotnet tool uninstall --global km"
        : path.Contains("/node_modules/", StringComparison.Ordinal) ? $"{path} stays; remove it with: npm uninstall @kilometers/km"
        : $"{path} stays; delete it yourself.";

    private static void Show(CommandContext context, UninstallReport report)
    {
        var screen = context.Screen;
        var removed = report.Items.Where(item => item.Error is null).ToList();
        if (report.Items.Count == 0)
            screen.WriteLine("km keeps nothing for you on this machine.");
        else if (removed.Count > 0)
        {
            screen.WriteLine(report.IsDone ? "Removed:" : "km would remove:");
            screen.Table(["", ""], removed.Select(item => (IReadOnlyList<string>)[$"  {item.Kind}", item.What]));
        }

        screen.WriteLine("");
        screen.WriteLine(report.Program);
        screen.WriteLine("Where a project's file, or an entry that you wrote by hand, names km: put the server's own command back there.");
        if (context.Account().Keys.Variable is { } variable)
            screen.WriteLine($"{variable} is set in your environment; unset it where you set it.");
        if (!report.IsDone && report.Items.Count > 0)
            screen.WriteLine("Nothing was removed yet. To remove it: km uninstall --yes");
    }
}
