using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins status</c>: what is installed, and what runs.</summary>
internal static class StatusCommand
{
    private const string Examples = """
        Ends with 1 if a plugin is refused or has failed, or a session does not answer.

        Examples:
          km plugins status
          km plugins status console-logger --json
          km plugins status --watch --interval 1
        """;

    public static Command Create()
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "Only this plugin, with its history.",
            Arity = ArgumentArity.ZeroOrOne,
            CompletionSources = { KnownNames.Plugins },
        };
        var running = new Option<bool>("--running") { Description = "Only what runs: nothing that is installed is verified." };
        var watch = new Option<bool>("--watch", "-w") { Description = "Show what runs, refreshed until Ctrl+C." };
        var interval = new Option<double?>("--interval")
        {
            Description = "Refresh interval in seconds (0.2 to 3600; default 2).",
            HelpName = "SECONDS",
        };
        var json = PluginsCommand.Json();
        interval.Validators.Add(result =>
        {
            if (
                result.Tokens is [var token]
                && !(
                    double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
                    && seconds is >= 0.2 and <= 3600
                )
            )
                result.AddError($"--interval: '{token.Value}' is not a number of seconds from 0.2 to 3600");
        });
        var command = new Command(
            "status",
            "Show plugin health in every running session and, for installed plugins, who signed them, the result of each check, and their permissions."
        )
        {
            name,
            running,
            watch,
            interval,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, cancellationToken) =>
        {
            var look = new StatusLook(context, parsed.GetValue(name));
            if (parsed.GetValue(watch))
                return WatchAsync(
                    context,
                    look,
                    parsed.GetValue(json),
                    TimeSpan.FromSeconds(parsed.GetValue(interval) ?? 2),
                    cancellationToken
                );
            return ShowAsync(context, look, parsed.GetValue(json), parsed.GetValue(running), cancellationToken);
        });
        return command;
    }

    private static async Task<int> ShowAsync(
        CommandContext context,
        StatusLook look,
        bool isJson,
        bool isRunning,
        CancellationToken cancellationToken
    )
    {
        var report = isRunning
            ? await look.RunningAsync(cancellationToken).ConfigureAwait(false)
            : await look.AllAsync(cancellationToken).ConfigureAwait(false);
        if (isJson)
            context.Screen.Json(report, CommandJsonContext.Default.StatusReport);
        else
        {
            foreach (var plugin in report.Installed ?? [])
                Show(context, plugin);
            foreach (var line in View(context, context.Screen.Width).Format(report.Sessions, report.At, look.Name is not null))
                context.Screen.WriteLine(line);
            if (look.Name is null && report.Sessions.Any(session => session.Plugins?.Count > 0))
            {
                context.Screen.WriteLine("");
                context.Screen.WriteLine("A plugin's history and details: km plugins status NAME");
            }
        }

        return IsGood(report) ? 0 : 1;
    }

    /// <summary>Until Ctrl+C, which is the way to end it and no failure.</summary>
    private static async Task<int> WatchAsync(
        CommandContext context,
        StatusLook look,
        bool isJson,
        TimeSpan interval,
        CancellationToken cancellationToken
    )
    {
        using var screen = new WatchScreen(TerminalWriter.Below, context.Screen.IsTerminal && !isJson);
        using var interrupt = new UserInterrupt(cancellationToken);
        try
        {
            while (true)
            {
                var report = await look.RunningAsync(interrupt.Token).ConfigureAwait(false);

                // One line each: who reads a stream of JSON needs no other frame.
                if (isJson)
                    context.Screen.WriteLine(JsonSerializer.Serialize(report, CommandJsonLines.Default.StatusReport));
                else
                {
                    var (width, height) = context.Screen.Size();
                    var title =
                        $"km plugins status, {report.At.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}, every {interval.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture)} s{(context.Screen.IsTerminal ? ", Ctrl+C ends" : "")}";
                    screen.Show([title, "", .. View(context, width).Format(report.Sessions, report.At, look.Name is not null)], height);
                }

                await Task.Delay(interval, context.Time, interrupt.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (IOException)
        {
            // Nobody reads any more.
            return 0;
        }
    }

    private static SessionView View(CommandContext context, int? width) => new(width, context.Screen.Colors, context.Screen.IsAscii);

    private static bool IsGood(StatusReport report) =>
        (report.Installed ?? []).All(plugin => plugin.IsGood)
        && report.Sessions.All(session =>
            session.Answers && session.Plugins!.All(plugin => plugin.State is not ("Error" or PluginReport.Refused))
        );

    private static void Show(CommandContext context, PluginStatus status)
    {
        var screen = context.Screen;
        var plugin = status.Plugin;
        screen.WriteLine(
            $"{plugin.Name} {plugin.Version ?? "(version not verified)"}: {plugin.Status}{(plugin.Code is null ? "" : $" [{plugin.Code}]")}"
        );
        if (plugin.Reason is not null)
            screen.WriteLine($"  {plugin.Reason}");
        if (status.Description is not null)
            screen.WriteLine($"  {status.Description}");
        var rows = new List<IReadOnlyList<string>>
        {
            new[] { "  file", plugin.Path },
            new[] { "  last auth", PluginListing.When(plugin.LastAuth) },
        };
        if (status.Signer is { } signer)
            rows.Add(["  signed by", signer]);
        rows.Add(["  isolation", status.Isolation]);
        rows.Add(["  limits", status.Limits]);
        if (status.MayUse.Count > 0)
            rows.Add(["  may", string.Join("; ", status.MayUse)]);
        if (plugin.AgreedAt is { } agreed)
            rows.Add(["  agreed", PluginListing.When(agreed)]);
        foreach (var check in status.Checks)
            rows.Add([$"  {check.Gate}", check.Detail.Length > 0 ? $"{check.Outcome}: {check.Detail}" : check.Outcome]);
        screen.Table(["", ""], rows);
        if (status.Advice is { } advice)
            screen.WriteLine($"  {context.Errors.Glyphs.Hint} {advice}");
        screen.WriteLine("");
    }
}

/// <summary>Looks at what is installed and what runs.</summary>
/// <param name="context">Where to look.</param>
/// <param name="name">Only this plugin; null: all.</param>
internal sealed class StatusLook(CommandContext context, string? name)
{
    private readonly ControlClient _sessions = ControlClient.Create(context.Paths.Home, context.Time);

    public string? Name => name;

    /// <summary>What runs.</summary>
    public async Task<StatusReport> RunningAsync(CancellationToken cancellationToken)
    {
        var answers = await _sessions.StatusAsync(ControlClient.StatusLimit, cancellationToken).ConfigureAwait(false);
        return new StatusReport
        {
            At = context.Time.GetUtcNow(),
            Sessions =
            [
                .. answers
                    .Select(answer => SessionListing.From(answer, name))
                    .Where(session => name is null || session.Plugins is not { Count: 0 }),
            ],
        };
    }

    /// <summary>Both; sessions answer while packages are verified.</summary>
    /// <exception cref="KmException"><c>PLG_INS_001</c>: a plugin of the name is neither installed nor runs.</exception>
    public async Task<StatusReport> AllAsync(CancellationToken cancellationToken)
    {
        var running = RunningAsync(cancellationToken);
        var installed = PluginStatus.Read(context, name, cancellationToken);
        var report = await running.ConfigureAwait(false);
        if (name is not null && installed.Count == 0 && !report.Sessions.Any(session => session.Plugins?.Count > 0))
            throw PluginInstaller.NotInstalled(name);
        return report with { Installed = installed };
    }
}
