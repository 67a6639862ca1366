using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packager.Conformance;
using Kilometers.Packager.Output;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg test</c>: runs a plugin in km's own host and does to it what may happen to it there.</summary>
internal static class TestCommand
{
    private const string Help = """
        Run a plugin in km's own host, with real processes, and do to it what may happen to it there: both versions of the contract, an
        MCP session, messages that are none, the end of the session, SIGTERM, and the sudden death of its host.

        Examples:
          kmpkg test out/km-plugin-my-logger
          kmpkg test my-logger                # the project: its newest build
          kmpkg test my-logger --json
        """;

    private const int DefaultTimeout = 30;
    private const int MaxTimeout = 600;

    /// <summary>Where nobody's terminal limits it.</summary>
    private const int DefaultWidth = 120;

    public static Command Create(StandardError errors)
    {
        var path = new Argument<string>("PATH") { Description = "A plugin's executable, or the folder of its project." };
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var timeout = new Option<int>("--timeout")
        {
            Description =
                $"How many seconds the plugin may take to start, to answer one call, to acknowledge one message. Default: {DefaultTimeout}, as in km.",
            HelpName = "SECONDS",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (
                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                    && seconds is >= 1 and <= MaxTimeout
                )
                    return seconds;
                result.AddError($"--timeout: '{text}' is not a number of seconds from 1 to {MaxTimeout}");
                return 0;
            },
        };
        var command = new Command("test", Help) { path, json, timeout };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    TestedPlugin.Locate(parsed.GetValue(path)!),
                    parsed.GetValue(json),
                    TimeSpan.FromSeconds(parsed.GetResult(timeout) is null ? DefaultTimeout : parsed.GetValue(timeout)),
                    errors,
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        TestedPlugin tested,
        bool asJson,
        TimeSpan timeout,
        StandardError errors,
        CancellationToken cancellationToken
    )
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        IReadOnlyList<CheckResult> results;
        var canErase = errors.IsTerminal && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var progress = new ProgressLine(errors.Stream, canErase, time);
        await using (progress.ConfigureAwait(false))
            results = await ConformanceTest.RunAsync(tested, timeout, time, progress.Begin, cancellationToken).ConfigureAwait(false);

        var taken = time.GetElapsedTime(start);
        if (asJson)
            Console.Out.WriteLine(TestReport.Create(tested.Executable, results, taken).ToJson());
        else
            Print(tested, results, taken);
        var failed = results.Count(result => result.Outcome == CheckOutcome.Failed);
        if (failed == 0)
            return 0;
        return errors.Report(
            new KmError(
                ErrorCode.PluginTestFailed,
                $"{Path.GetFileName(tested.Executable)} failed {failed} of {results.Count} checks",
                Hint: "Each failed row says what was seen; docs/plugin-authors/testing.md says what is expected."
            )
        );
    }

    private static void Print(TestedPlugin tested, IReadOnlyList<CheckResult> results, TimeSpan taken)
    {
        var isTerminal = !Console.IsOutputRedirected;
        var colors =
            isTerminal
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        Console.Out.WriteLine(tested.Executable);
        foreach (var line in ResultTable.Format(results, isTerminal ? Width() : DefaultWidth, colors))
            Console.Out.WriteLine(line);
        Console.Out.WriteLine(ResultTable.Summary(results, taken));
    }

    private static int Width()
    {
        try
        {
            // A terminal of a program, not of a person, may say 0.
            return Console.WindowWidth is var width and > 0 ? width : DefaultWidth;
        }
        catch (IOException)
        {
            return DefaultWidth;
        }
    }
}
