using System.CommandLine;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands;

/// <summary><c>km monitor</c>: options, help and examples. What it does stands in <see cref="MonitorSession"/>.</summary>
internal static class MonitorCommand
{
    private const string Examples = """
        With the server's command:
          km monitor [options] [--server] -- COMMAND [ARGS…]

        Put km in front of the server's command in your client's mcp.json:
          "command": "km", "args": ["monitor", "--server", "--", "npx", "some-mcp-server"]

        Examples:
          km monitor --server -- npx -y @modelcontextprotocol/server-everything
          km monitor --name files --buffer-size 1MB -- my-server --root .
          km monitor --dev-plugin ./bin/my-plugin -- my-server
        """;

    public static Command Create(IReadOnlyList<string> server)
    {
        var serverFlag = new Option<bool>("--server") { Description = "Marks the start of the server's command; may be left out." };
        var name = new Option<string?>("--name") { Description = "The server's label in what plugins show. Default: the command's name.", HelpName = "LABEL" };
        var bufferSize = Size("--buffer-size", "The largest message that plugins get whole; larger ones pass all the same. Default: 16MB.");
        var queueSize = Size("--queue-size", "How much may wait for one slow plugin before its messages are dropped and counted. Default: 64MB.");
        var noPlugins = new Option<bool>("--no-plugins") { Description = "Relay only." };
        var devPlugins = new Option<string[]>("--dev-plugin") { Description = "Run an unsigned plugin that you are developing (Free tier only). May be repeated.", HelpName = "PATH", Arity = ArgumentArity.OneOrMore };
        var devAccess = new Option<string[]>("--dev-access") { Description = "A folder that development plugins may read, write and execute from, besides their own. May be repeated.", HelpName = "DIR", AllowMultipleArgumentsPerToken = false };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing of km's own unless something went wrong." };
        devPlugins.AllowMultipleArgumentsPerToken = false;

        // The parser takes whatever follows for the value, the next option too.
        devPlugins.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option) result.AddError($"--dev-plugin: its PATH is missing before '{option.Value}'");
        });

        var command = new Command("monitor", "Run an MCP server and watch its traffic. Every byte passes unchanged; km never answers, delays or alters a message.") { serverFlag, name, bufferSize, queueSize, noPlugins, devPlugins, devAccess, quiet };
        HelpWithExamples.Add(command, Examples);
        command.Validators.Add(result =>
        {
            if (server.Count == 0 || server[0].Length == 0) result.AddError("The server's command is missing: km monitor [options] --server -- COMMAND [ARGS…]");
        });

        // :: Step 1 — the session starts the server first and everything else after it.
        command.SetAction((parsed, _) => MonitorSession.RunAsync(new MonitorOptions
        {
            Server = server,
            Name = parsed.GetValue(name) ?? Path.GetFileName(server[0]),
            BufferSize = parsed.GetValue(bufferSize) ?? 16L << 20,
            QueueSize = parsed.GetValue(queueSize) ?? 64L << 20,
            NoPlugins = parsed.GetValue(noPlugins),
            Quiet = parsed.GetValue(quiet),
            DevPlugins = parsed.GetValue(devPlugins) ?? [],
            DevelopmentAccess = parsed.GetValue(devAccess) ?? [],
        }));
        return command;
    }

    private static Option<long?> Size(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result =>
        {
            if (ByteSize.TryParse(result.Tokens[0].Value, out var bytes)) return bytes;
            result.AddError($"{name}: '{result.Tokens[0].Value}' is not a size. Examples: 65536, 512KB, 16MB, 1GB");
            return null;
        },
    };
}
