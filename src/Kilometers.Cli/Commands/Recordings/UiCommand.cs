using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary><c>km ui</c>: the recordings in a browser. The pages are a program of their own, so that no other command carries a web server.</summary>
internal static class UiCommand
{
    private const string Examples = """
        The pages are for one browser on this machine; the address that opens them works once. They end with Ctrl+C, or when no page has been
        open for 10 minutes.

        Examples:
          km ui
          km ui last
          km ui --no-browser --port 8123    (on another machine: ssh -L 8123:localhost:8123 HOST)
          km ui --json
        """;

    public static Command Create()
    {
        var session = new Argument<string?>("SESSION")
        {
            Description = "Open this session: its id or the beginning of it, its name, last, or -2 for the last but one.",
            Arity = ArgumentArity.ZeroOrOne,
            CompletionSources = { RecordedNames.Sessions },
        };
        var port = new Option<int>("--port") { Description = "Use this port. Default: any that is free.", HelpName = "N" };
        port.Validators.Add(result =>
        {
            if (
                result.Tokens is [var token]
                && !(ushort.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            )
                result.AddError($"--port: '{token.Value}' is not a port, 1 to {ushort.MaxValue}");
        });
        var noBrowser = new Option<bool>("--no-browser") { Description = "Only print the address." };
        var json = PluginsCommand.Json();
        json.Description = "Print the address as JSON, and open no browser.";
        var command = new Command("ui", "Show recorded sessions in a browser, even while they run.") { session, port, noBrowser, json };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, async (parsed, context, cancellationToken) =>
        {
            var path = parsed.GetValue(session) is { } text
                ? RecordingAccess.Use(context, RecordingReader.Open, reader => PathOf(RecordingAccess.Find(reader, text)))
                : "";
            using var pages = await PageServer
                .StartAsync(context.Paths, parsed.GetValue(port), context.Time, cancellationToken)
                .ConfigureAwait(false);
            await AnnounceAsync(context, pages.Url(path), parsed.GetValue(json), parsed.GetValue(noBrowser), cancellationToken)
                .ConfigureAwait(false);
            return await pages.RunAsync(() => RecordingAccess.Running(context), cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static string PathOf(RecordedSession session) => "sessions/" + Uri.EscapeDataString(session.Key);

    private static async Task AnnounceAsync(
        CommandContext context,
        string url,
        bool isJson,
        bool noBrowser,
        CancellationToken cancellationToken
    )
    {
        if (isJson)
        {
            context.Screen.Json(new UiReport(url), UiJson.Default.UiReport);
            return;
        }

        var isOpened =
            !noBrowser
            && context.Screen.IsTerminal
            && await Browser.TryOpenAsync(url, context.Time, cancellationToken).ConfigureAwait(false);
        context.Screen.WriteLine(isOpened ? $"Opened in your browser: {url}" : $"Open in a browser: {url}");
        context.Screen.WriteLine("The address works once. Stop with Ctrl+C.");
    }
}

/// <summary>What <c>km ui --json</c> prints: the address that opens the pages, once.</summary>
internal sealed record UiReport(string Url, int Version = 1);

/// <summary>What km-ui prints when it serves, or cannot.</summary>
internal sealed record PageServerLine(string? Address, string? Url, string? Error);

/// <summary>What km-ui is told.</summary>
internal sealed record PageServerNews(IReadOnlyCollection<string> Running);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(UiReport))]
[JsonSerializable(typeof(PageServerLine))]
[JsonSerializable(typeof(PageServerNews))]
internal sealed partial class UiJson : JsonSerializerContext;
