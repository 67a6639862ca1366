using System.CommandLine;
using System.Reflection;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Commands.Compliance;
using Kilometers.Cli.Commands.Doctor;
using Kilometers.Cli.Commands.Guard;
using Kilometers.Cli.Commands.Help;
using Kilometers.Cli.Commands.Http;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Commands.Reports;
using Kilometers.Cli.Commands.Top;
using Kilometers.Cli.Commands.Transcripts;
using Kilometers.Cli.Commands.Uninstall;
using Kilometers.Cli.Commands.Wrap;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands;

/// <summary>The command line: parses, finds the command, turns errors of usage into <see cref="KmError"/>s.</summary>
internal static class RootCommandLine
{
    public static string Version { get; } =
        typeof(RootCommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    public static async Task<int> InvokeAsync(string[] args)
    {
        // What comes after "--" is the server's command line: it is passed on as it is and never read for options of ours.
        // A bridge has no server's command line, but an address.
        var end = args is [Http.BridgeCommand.Name, ..] ? -1 : Array.IndexOf(args, "--");
        var own = CommandAliases.Resolve(end < 0 ? args : args[..end]);
        string[] server = end < 0 ? [] : args[(end + 1)..];

        if (own.Length == 0 && server.Length > 0)
            return Report(UsageError.WithoutCommand(server), own);

        // A session needs no writer of its own for standard output, and starts faster without.
        if (own is not [MonitorCommand.Name, ..] || own.Any(argument => argument is "--help" or "-h" or "-?"))
            TerminalWriter.Use();
        var root = Create(server);
        HelpWithExamples.Use(root);

        // "km" or "km plugins" alone asks what there is; so does "km plugins help".
        var result = Parse(root, own);
        if (result.Errors.Count > 0 && result.UnmatchedTokens.Count == 0 && result.CommandResult.Command.Action is null)
            result = Parse(root, [.. own, "--help"]);
        else if (result.UnmatchedTokens is ["help"] && own is [.., "help"])
            result = Parse(root, [.. own[..^1], "--help"]);
        if (result.Errors.Count > 0 && result.Action is not HelpWithExamples)
            return Report(UsageError.Explain(result, own, server), own);

        try
        {
            return await result
                .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false })
                .ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return Report(new KmError(ErrorCode.Internal, "km hit an internal error", e.ToString(), "Please report this."), own);
        }
    }

    /// <summary>All commands.</summary>
    /// <param name="server">The server's command line; empty: none was given.</param>
    internal static RootCommand Create(IReadOnlyList<string> server) =>
        new("Kilometers watches the traffic between an MCP client and its server.")
        {
            MonitorCommand.Create(server),
            ProxyCommand.Create(),
            BridgeCommand.Create(),
            InitCommand.Create(),
            WrapCommand.Create(),
            UnwrapCommand.Create(),
            AuthCommand.Create(),
            SessionsCommand.Create(),
            LogsCommand.Create(),
            StatsCommand.Create(),
            ReportCommand.Create(),
            ExportCommand.Create(),
            ImportCommand.Create(),
            ReplayCommand.Create(server),
            DiffCommand.Create(),
            CheckCommand.Create(server),
            TopCommand.Create(),
            UiCommand.Create(),
            GuardCommand.Create(),
            PluginsCommand.Create(),
            TrustCommand.Create(),
            PolicyCommand.Create(),
            AuditCommand.Create(),
            ComplianceCommand.Create(),
            ConfigCommand.Create(),
            UpdateCommand.Create(),
            DoctorCommand.Create(),
            UninstallCommand.Create(),
            CompletionCommand.Create(),
            HelpCommand.Create(),
            CreateVersion(),
        };

    private static ParseResult Parse(RootCommand root, string[] own) =>
        root.Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null });

    private static int Report(KmError error, string[] own)
    {
        if (own.Contains("--json"))
            new Screen().Json(new ErrorReport(error), CommandJsonContext.Default.ErrorReport);
        using var errors = StandardError.OfCommand();
        return errors.Report(error);
    }

    private static Command CreateVersion()
    {
        var command = new Command("version", "Print the version of km.");
        var json = PluginsCommand.Json();
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json))
                new Screen().Json(new VersionReport(Version), CommandJsonContext.Default.VersionReport);
            else
                Console.Out.WriteLine($"km {Version}");
        });
        return command;
    }
}

/// <summary>What a command that failed prints on standard output under <c>--json</c>, besides the words on standard error.</summary>
internal sealed record ErrorReport(KmError Error);

/// <summary>What <c>km version --json</c> prints.</summary>
internal sealed record VersionReport(string Version);
