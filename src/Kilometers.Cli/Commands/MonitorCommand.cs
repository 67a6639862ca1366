using System.CommandLine;
using System.Globalization;
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
        """;

    public static Command Create(IReadOnlyList<string> server, Action<MonitorOptions>? read = null)
    {
        var serverFlag = new Option<bool>("--server") { Description = "Marks the server's command; optional." };
        var name = new Option<string?>("--name")
        {
            Description = "The label that km and plugins use for the server. Default: the name of its package or script.",
            HelpName = "LABEL",
        };
        var bufferSize = Size(
            "--buffer-size",
            "Max size of a message that plugins get whole; the server still gets larger ones whole. Default: 16MB."
        );
        var queueSize = Size(
            "--queue-size",
            "Max size of the queue of one slow plugin; beyond it messages to that plugin are dropped and counted. Default: 64MB."
        );
        var noPlugins = new Option<bool>("--no-plugins") { Description = "Relay only: run no plugins." };
        var devPlugins = new Option<string[]>("--dev-plugin")
        {
            Description = "Run an unsigned plugin that you are developing (Free tier only). May be repeated.",
            HelpName = "PATH",
            Arity = ArgumentArity.OneOrMore,
        };
        var devAccess = new Option<string[]>("--dev-access")
        {
            Description = "A folder that development plugins may read, write and execute from, besides their own. May be repeated.",
            HelpName = "DIR",
            AllowMultipleArgumentsPerToken = false,
        };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print messages of km only if something went wrong." };
        devPlugins.AllowMultipleArgumentsPerToken = false;

        // The parser takes whatever follows for the value, the next option too.
        devPlugins.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option)
                result.AddError($"--dev-plugin: its PATH is missing before '{option.Value}'");
        });

        var command = new Command(
            Name,
            "Run an MCP server and watch its traffic. Every byte passes unchanged; km never answers, delays or alters a message."
        )
        {
            serverFlag,
            name,
            bufferSize,
            queueSize,
            noPlugins,
            devPlugins,
            devAccess,
            quiet,
        };
        HelpWithExamples.Add(command, Examples);
        command.Validators.Add(result =>
        {
            if (server.Count == 0 || server[0].Length == 0)
                result.AddError("The server's command is missing: km monitor [options] --server -- COMMAND [ARGS…]");
        });

        command.SetAction(parsed =>
        {
            if (read is null)
                return Relay(ReadOptions(parsed, server));
            read(ReadOptions(parsed, server));
            return 0;
        });
        return command;

        MonitorOptions ReadOptions(ParseResult parsed, IReadOnlyList<string> words) =>
            new()
            {
                Server = words,
                Name = parsed.GetValue(name) ?? ServerLabel.For(words),
                BufferSize = parsed.GetValue(bufferSize) ?? 16L << 20,
                QueueSize = parsed.GetValue(queueSize) ?? 64L << 20,
                NoPlugins = parsed.GetValue(noPlugins),
                Quiet = parsed.GetValue(quiet),
                DevPlugins = parsed.GetValue(devPlugins) ?? [],
                DevelopmentAccess = parsed.GetValue(devAccess) ?? [],
            };
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
        List<string> words =
        [
            Name,
            "--name",
            options.Name,
            "--buffer-size",
            options.BufferSize.ToString(CultureInfo.InvariantCulture),
            "--queue-size",
            options.QueueSize.ToString(CultureInfo.InvariantCulture),
            .. options.NoPlugins ? ["--no-plugins"] : Array.Empty<string>(),
            .. options.Quiet ? ["--quiet"] : Array.Empty<string>(),
            .. options.DevPlugins.SelectMany(path => new[] { "--dev-plugin", path }),
            .. options.DevelopmentAccess.SelectMany(path => new[] { "--dev-access", path }),
            "--",
            .. options.Server,
        ];
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

    private static Option<long?> Size(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "SIZE",
            CustomParser = result =>
            {
                if (ByteSize.TryParse(result.Tokens[0].Value, out var bytes))
                    return bytes;
                result.AddError($"{name}: '{result.Tokens[0].Value}' is not a size. Examples: 65536, 512KB, 16MB, 1GB");
                return null;
            },
        };
}
