using System.CommandLine;
using System.Net;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Http;

/// <summary><c>km proxy</c>: a transparent proxy before a server that is reached over HTTP, for clients that speak HTTP themselves.</summary>
internal static class ProxyCommand
{
    private const string Examples = """
        Give the address that km proxy prints to your client in place of the server's. Nothing that passes is changed or held back.
        For a client that only speaks stdio, use km bridge.

        Examples:
          km proxy --to https://example.com/mcp --listen 127.0.0.1:8123
          km proxy --to https://example.com/mcp --header 'Authorization: Bearer ${TOKEN}'
        """;

    public static Command Create()
    {
        var server = new Option<Uri?>("--to")
        {
            Description = "The address of the server's MCP endpoint.",
            HelpName = "URL",
            Required = true,
            CustomParser = HttpOptions.ParseAddress,
        };
        var listen = new Option<IPEndPoint?>("--listen")
        {
            Description = "Where to listen, on this machine only. Default: 127.0.0.1 and any port that is free.",
            HelpName = "ADDRESS:PORT",
            CustomParser = HttpOptions.ParseListen,
        };
        var headers = new HeaderFlags();
        var options = new SessionOptions();
        var json = PluginsCommand.Json();
        json.Description = "Print the address as JSON.";
        var command = new Command("proxy", "Watch the traffic of a server that is reached over HTTP.") { server, listen };
        headers.AddTo(command);
        options.AddTo(command);
        command.Options.Add(json);
        HelpWithExamples.Add(command, Examples);
        command.SetAction(parsed =>
        {
            var url = parsed.GetValue(server)!;
            return HttpProgram.Proxy(
                url,
                parsed.GetValue(listen),
                headers.Read(parsed),
                parsed.GetValue(json),
                options.Read(parsed, [url.AbsoluteUri])
            );
        });
        return command;
    }
}
