using System.CommandLine;
using Kilometers.Cli.Commands.Http;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Link.Connection;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands;

/// <summary><c>km monitor</c>: options, help and examples. The relay does what it says; here is what else <c>km monitor</c> may be asked.</summary>
internal static class MonitorCommand
{
    public const string Name = "monitor";

    private const string Examples = """
        With the server's command:
          km monitor [options] [--server] -- COMMAND [ARGS…]
        Before -- are options of km; every word after it belongs to the server.

        Put km in front of the server's command in your client's mcp.json:
          "command": "km", "args": ["monitor", "--server", "--", "npx", "some-mcp-server"]

        Examples:
          km monitor --server -- npx -y @modelcontextprotocol/server-everything
          km monitor --name files --buffer-size 1MB -- my-server --root .
          km monitor --dev-plugin ./bin/my-plugin -- my-server
          km monitor --url https://example.com/mcp --header 'Authorization: Bearer ${TOKEN}'
        """;

    public static Command Create(IReadOnlyList<string> server, Action<MonitorOptions>? read = null)
    {
        var serverFlag = new Option<bool>("--server") { Description = "Marks the server's command; optional." };
        var address = new Option<Uri?>("--url")
        {
            Description = "Connect to a server over HTTP instead of starting a command. The same as km bridge URL.",
            HelpName = "URL",
            CustomParser = HttpOptions.ParseAddress,
        };
        var headers = new HeaderFlags();
        var options = new SessionOptions();
        var command = new Command(
            Name,
            "Run an MCP server and watch its traffic. Every byte passes unchanged; km never answers, delays or alters a message."
        )
        {
            serverFlag,
            address,
        };
        headers.AddTo(command);
        options.AddTo(command);
        HelpWithExamples.Add(command, Examples);
        command.Validators.Add(result =>
        {
            var hasAddress = result.GetResult(address) is not null;
            if (hasAddress && server.Count > 0)
                result.AddError("Give either --url or a server's command, not both");
            else if (!hasAddress && (server.Count == 0 || server[0].Length == 0))
                result.AddError("The server's command is missing: km monitor [options] --server -- COMMAND [ARGS…]");
            else if (!hasAddress && headers.Given(result) is { } given)
                result.AddError($"{given} needs --url: a server's command has no headers");
        });

        command.SetAction(parsed =>
        {
            if (parsed.GetValue(address) is { } url)
                return HttpProgram.Bridge(url, headers.Read(parsed), [], options.Read(parsed, [url.AbsoluteUri]));
            if (read is null)
                return Relay(options.Read(parsed, server));
            read(options.Read(parsed, server));
            return 0;
        });
        return command;
    }

    /// <summary>What the user of a session asked for.</summary>
    /// <param name="hello">What its relay said.</param>
    public static MonitorOptions Read(SessionHello hello)
    {
        MonitorOptions? options = null;
        var command = Create(hello.Server, found => options = found);
        command.Parse(hello.Options, new ParserConfiguration { ResponseFileTokenReplacer = null }).Invoke();
        options ??= new MonitorOptions { Server = hello.Server, Name = ServerLabel.For(hello.Server) };
        return options with
        {
            DevPlugins = [.. options.DevPlugins.Select(path => Path.Combine(hello.Folder ?? "/", path))],
            DevelopmentAccess = [.. options.DevelopmentAccess.Select(path => Path.Combine(hello.Folder ?? "/", path))],
        };
    }

    /// <summary>The relay did not understand the options: they are put as it does, and it is called again.</summary>
    private static int Relay(MonitorOptions options)
    {
        List<string> words = [Name, .. SessionOptions.Write(options), "--", .. options.Server];
        var relay = OwnProgram.RelayPath;
        var failure = ProcessReplacement.Become(new ChildCommand { FileName = relay, Arguments = words });
        return Report(
            new KmError(ErrorCode.RelayMissing, "km itself cannot be started", $"{relay}: {failure.Message}", "Install km again.")
        );
    }

    private static int Report(KmError error)
    {
        using var errors = StandardError.OfCommand();
        return errors.Report(error);
    }
}
