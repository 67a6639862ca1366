using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Top;

/// <summary><c>km top</c>: all running sessions, live.</summary>
internal static class TopCommand
{
    private const string Examples = """
        Calls come from the recorder: km plugins install recorder. Rates are of the last 10 seconds, latencies and errors of the last 5 minutes;
        CPU and MEM are of the server and everything below it.

        Keys: j k or arrows, Enter to see a session's calls and then a call, Esc back, s sorts, ? help, q ends.

        Examples:
          km top
          km top --interval 5
          km top --json | jq '.sessions[] | {server, pending, p95Ms}'
          km top | tee top.log
        """;

    private const double DefaultInterval = 1;
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(500);

    public static Command Create()
    {
        var interval = new Option<double>("--interval")
        {
            Description = $"Refresh interval in seconds (0.5–3600; default {DefaultInterval}).",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => DefaultInterval,
        };
        interval.Validators.Add(result =>
        {
            if (
                result.Tokens is [var token]
                && !(
                    double.TryParse(token.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                    && seconds is >= 0.5 and <= 3600
                )
            )
                result.AddError($"--interval: '{token.Value}' is not a number of seconds from 0.5 to 3600");
        });
        var json = PluginsCommand.Json();
        json.Description = "Print what there is now as JSON, and end.";
        var command = new Command("top", "Show all running sessions live: traffic, waiting calls, slow tools, errors, memory.")
        {
            interval,
            json,
        };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            using var look = new TopLook(context);
            if (parsed.GetValue(json))
            {
                // A processor's load needs two looks.
                await look.LookAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(FirstInterval, context.Time, cancellationToken).ConfigureAwait(false);
                context.Screen.Json(await look.LookAsync(cancellationToken).ConfigureAwait(false), TopJson.Default.TopReport);
                return 0;
            }

            return await WatchAsync(context, look, TimeSpan.FromSeconds(parsed.GetValue(interval)), cancellationToken)
                .ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>Until q or Ctrl+C, which are the ways to end it and no failure.</summary>
    private static async Task<int> WatchAsync(CommandContext context, TopLook look, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var screen = new WatchScreen(TerminalWriter.Below, context.Screen.IsTerminal);
        using var interrupt = new UserInterrupt(cancellationToken);
        var live = new TopScreen(context, look, screen);
        try
        {
            while (!live.IsEnded)
            {
                await live.LookAsync(interrupt.Token).ConfigureAwait(false);
                await live.StayAsync(interval, interrupt.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Ctrl+C, or nobody reads any more.
        }

        return 0;
    }
}
