using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using Kilometers.Cli.Commands.Plugins;
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
        // What stands behind "--" is the server's command line: it is passed on as it is and never read for options of ours.
        var end = Array.IndexOf(args, "--");
        var own = end < 0 ? args : args[..end];
        IReadOnlyList<string> server = end < 0 ? [] : args[(end + 1)..];

        var root = new RootCommand("Kilometers watches the traffic between an MCP client and its server.")
        {
            MonitorCommand.Create(server),
            InitCommand.Create(),
            AuthCommand.Create(),
            PluginsCommand.Create(),
            TrustCommand.Create(),
            PolicyCommand.Create(),
            AuditCommand.Create(),
            ConfigCommand.Create(),
            UpdateCommand.Create(),
            CreateVersion(),
        };
        HelpWithExamples.Use(root);
        var result = root.Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0 && result.Action is not HelpWithExamples)
        {
            using var errors = new StandardError();
            return errors.Report(new KmError(
                ErrorCode.InvalidArguments,
                result.UnmatchedTokens is [var unknown, ..] ? $"Unrecognized command or argument '{unknown}'" : result.Errors[0].Message,
                Hint: $"See: km {PathOf(result.CommandResult)}--help"));
        }

        try
        {
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            using var errors = new StandardError();
            return errors.Report(new KmError(ErrorCode.Internal, "Something that should not happen happened in km", e.ToString(), "Please report this."));
        }
    }

    /// <summary>The names behind <c>km</c>, each followed by a space.</summary>
    private static string PathOf(CommandResult result) => result.Parent is CommandResult parent ? $"{PathOf(parent)}{result.Command.Name} " : "";

    private static Command CreateVersion()
    {
        var command = new Command("version", "Print the version of km.");
        command.SetAction(_ => Console.Out.WriteLine($"km {Version}"));
        return command;
    }
}
