using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Http;

/// <summary><c>km bridge</c>: for clients that only speak stdio, and servers that are reached over HTTP.</summary>
internal static class BridgeCommand
{
    public const string Name = "bridge";

    private const string Examples = """
        Put it in your client's configuration as the server's command:
          "command": "km", "args": ["bridge", "https://example.com/mcp"]

        Examples:
          km bridge https://example.com/mcp
          km bridge https://example.com/mcp --header 'Authorization: Bearer ${TOKEN}'
        """;

    public static Command Create()
    {
        var server = new Argument<Uri?>("URL")
        {
            Description = "The address of the server's MCP endpoint.",
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = HttpOptions.ParseAddress,
        };
        var headers = new HeaderFlags();
        var wait = new Option<int?>("--sign-in-wait")
        {
            Description = "Seconds that a message waits while you sign in, 1 to 600. Default: 50. Many clients give up after 60.",
            HelpName = "SECONDS",
        };
        wait.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && (!int.TryParse(token.Value, out var seconds) || seconds is < 1 or > 600))
                result.AddError($"--sign-in-wait: '{token.Value}' is not a number from 1 to 600");
        });
        var signIn = new SignInFlags();
        var options = new SessionOptions();
        var command = new Command(Name, "Connect a client that speaks stdio to a server that is reached over HTTP, and watch the traffic.")
        {
            server,
            wait,
        };
        headers.AddTo(command);
        signIn.AddTo(command);
        options.AddTo(command);
        HelpWithExamples.Add(command, Examples);
        command.SetAction(parsed =>
        {
            var url = parsed.GetValue(server)!;
            IReadOnlyList<string> words = parsed.GetValue(wait) is { } seconds
                ? [.. signIn.Read(parsed), "--sign-in-wait", seconds.ToString(CultureInfo.InvariantCulture)]
                : signIn.Read(parsed);
            return HttpProgram.Bridge(url, headers.Read(parsed), words, options.Read(parsed, [url.AbsoluteUri]));
        });
        return command;
    }
}
