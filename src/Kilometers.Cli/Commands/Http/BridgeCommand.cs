using System.CommandLine;
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
        var headers = HttpOptions.Headers();
        var options = new SessionOptions();
        var command = new Command(Name, "Connect a client that speaks stdio to a server that is reached over HTTP, and watch the traffic.")
        {
            server,
            headers,
        };
        options.AddTo(command);
        HelpWithExamples.Add(command, Examples);
        command.SetAction(parsed =>
        {
            var url = parsed.GetValue(server)!;
            return HttpProgram.Bridge(url, parsed.GetValue(headers) ?? [], options.Read(parsed, [url.AbsoluteUri]));
        });
        return command;
    }
}
