using System.CommandLine;
using System.Globalization;

namespace Kilometers.Cli.Commands;

/// <summary>The options that every session has, whatever its server is reached by.</summary>
internal sealed class SessionOptions
{
    private readonly Option<string?> _name = new("--name")
    {
        Description = "The label that km and plugins use for the server. Default: the name of its package, script or host.",
        HelpName = "LABEL",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<long?> _bufferSize = Size(
        "--buffer-size",
        "Max size of a message that plugins get whole; the server still gets larger ones whole. Default: 16MB."
    );

    private readonly Option<long?> _queueSize = Size(
        "--queue-size",
        "Max size of the queue of one slow plugin; beyond it messages to that plugin are dropped and counted. Default: 64MB."
    );

    private readonly Option<bool> _noPlugins = new("--no-plugins") { Description = "Relay only: run no plugins." };

    private readonly Option<string[]> _devPlugins = new("--dev-plugin")
    {
        Description = "Run an unsigned plugin that you are developing (Free tier only). May be repeated.",
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _devAccess = new("--dev-access")
    {
        Description = "A folder that development plugins may read, write and execute from, besides their own. May be repeated.",
        HelpName = "DIR",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print messages of km only if something went wrong." };

    public SessionOptions()
    {
        foreach (var option in new[] { _devPlugins, _devAccess })
            option.Validators.Add(result =>
            {
                // The parser takes whatever follows for the value, the next option too.
                if (result.Tokens.FirstOrDefault(token => token.Value is "" or ['-', ..]) is { } next)
                    result.AddError(
                        $"{option.Name}: its {option.HelpName} is missing" + (next.Value.Length > 0 ? $" before '{next.Value}'" : "")
                    );
            });
    }

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _name, _bufferSize, _queueSize, _noPlugins, _devPlugins, _devAccess, _quiet })
            command.Options.Add(option);
    }

    /// <summary>What was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="server">The server's command and its arguments, or its address.</param>
    public MonitorOptions Read(ParseResult parsed, IReadOnlyList<string> server) =>
        new()
        {
            Server = server,
            // A client's variable may be empty.
            Name = parsed.GetValue(_name) is { Length: > 0 } name ? name : ServerLabel.For(server),
            BufferSize = parsed.GetValue(_bufferSize) ?? 16L << 20,
            QueueSize = parsed.GetValue(_queueSize) ?? 64L << 20,
            NoPlugins = parsed.GetValue(_noPlugins),
            Quiet = parsed.GetValue(_quiet),
            DevPlugins = parsed.GetValue(_devPlugins) ?? [],
            DevelopmentAccess = parsed.GetValue(_devAccess) ?? [],
        };

    /// <summary>
    /// The words that say the same, in a form that every program of km understands: the relay comes back here with all others, without end.
    /// </summary>
    public static IReadOnlyList<string> Write(MonitorOptions options) =>
        [
            $"--name={options.Name}",
            string.Create(CultureInfo.InvariantCulture, $"--buffer-size={options.BufferSize}"),
            string.Create(CultureInfo.InvariantCulture, $"--queue-size={options.QueueSize}"),
            .. options.NoPlugins ? ["--no-plugins"] : Array.Empty<string>(),
            .. options.Quiet ? ["--quiet"] : Array.Empty<string>(),
            .. options.DevPlugins.Select(path => $"--dev-plugin={path}"),
            .. options.DevelopmentAccess.Select(path => $"--dev-access={path}"),
        ];

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
