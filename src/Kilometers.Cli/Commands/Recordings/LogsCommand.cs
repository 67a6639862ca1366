using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary><c>km logs</c>: recorded calls, one per line.</summary>
internal static class LogsCommand
{
    private const string Examples = """
        Filters (all must hold; * matches any characters):
          tool:NAME  method:NAME  status:ok|error|pending|CODE  slower:200ms  faster:1s  dir:in|out  id:7
          since:1h  until:2026-11-01  text:"some words"  server:NAME  client:NAME  session:ID  call:NUMBER

        Examples:
          km logs
          km logs last status:error
          km logs files tool:read_* slower:200ms since:1h
          km logs text:"permission denied" --payloads
          km logs -f
          km logs --json --limit 0 | jq -r 'select(.outcome == "error") | .errorText'
        """;

    private const int DefaultLimit = 50;

    public static Command Create()
    {
        var words = new Argument<string[]>("SESSION|SERVER|FILTER")
        {
            Description = "A session (its id, last, or -2), a server's name, and filters, in any order.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        words.CompletionSources.Add(RecordedNames.Words);
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Show each call of all running sessions as it ends, until Ctrl+C.",
        };
        var payloads = new Option<bool>("--payloads", "-p") { Description = "Show requests and responses, too." };
        var limit = new Option<int>("--limit", "-n")
        {
            Description = $"Only the newest N calls; 0: all. Default: {DefaultLimit}.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                result.AddError($"--limit: '{token.Value}' is not a number of calls, 0 or more");
        });
        var json = PluginsCommand.Json();
        json.Description = "Print JSON, one call per line.";
        var command = new Command("logs", "Show recorded calls, the newest last.") { words, follow, payloads, limit, json };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, cancellationToken) =>
        {
            var typed = parsed.GetValue(words) ?? [];
            return RecordingAccess.UseAsync(context, RecordingReader.Open, async reader =>
            {
                var view = new LogView(context, reader, parsed.GetValue(json), parsed.GetValue(payloads));
                var filter = Filter(context, reader, typed);
                if (!parsed.GetValue(follow))
                {
                    var most = parsed.GetValue(limit) is > 0 and var given ? given : long.MaxValue;
                    return await context.PagedAsync(() => Task.FromResult(view.Show(filter, most))).ConfigureAwait(false);
                }

                return await FollowAsync(view, filter, cancellationToken).ConfigureAwait(false);
            });
        });
        return command;
    }

    private static CallFilter Filter(CommandContext context, RecordingReader reader, string[] words)
    {
        var filter = FilterText.Read(words.Where(FilterText.IsFilter), context.Time.GetUtcNow(), text =>
            RecordingAccess.Find(reader, text)
        );
        switch (words.Where(word => !FilterText.IsFilter(word)).ToList())
        {
            case []:
                return filter;
            case [var one]:
                if (RecordingAccess.TryFind(reader, one) is { } session)
                    return filter with { Session = session.Row };
                if (reader.Sessions(one, limit: 1).Count > 0)
                    return filter with { Server = one };
                throw new KmException(
                    new KmError(
                        ErrorCode.NoRecordedSession,
                        $"No recorded session or server matches '{one}'",
                        Hint: $"List them with: km sessions. To search for a text: km logs text:{ServerCommand.Quote([one])}"
                    )
                );
            case var several:
                throw new KmException(
                    new KmError(
                        ErrorCode.InvalidArguments,
                        $"'{several[0]}' and '{several[1]}': only one session or server can be given",
                        "Filters have the form name:value.",
                        "See: km logs --help"
                    )
                );
        }
    }

    private static async Task<int> FollowAsync(LogView view, CallFilter filter, CancellationToken cancellationToken)
    {
        using var interrupt = new UserInterrupt(cancellationToken);
        try
        {
            await view.FollowAsync(filter, interrupt.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Ctrl+C, or nobody reads any more.
        }

        return 0;
    }
}
