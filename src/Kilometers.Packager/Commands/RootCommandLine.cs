using System.CommandLine;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packager.Conformance;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packager.Commands;

/// <summary>
/// The command line: parses, finds the command, prints errors. A command's action gives the exit status, or throws a
/// <see cref="KmException"/> whose error is printed here, with the status that goes with its code.
/// </summary>
internal static class RootCommandLine
{
    /// <summary>How long a command may take to put away what it has started, once Ctrl+C or SIGTERM asked for its end.</summary>
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(10);

    public static async Task<int> InvokeAsync(string[] args)
    {
        using var errors = StandardError.OfCommand();
        TerminalWriter.Use();
        var root = Create(errors);
        var result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0 && result.Action is not System.CommandLine.Help.HelpAction)
            return Report(Misuse.Explain(result, "kmpkg"));

        try
        {
            return await result
                .InvokeAsync(
                    new InvocationConfiguration { ProcessTerminationTimeout = CleanUpLimit, EnableDefaultExceptionHandler = false }
                )
                .ConfigureAwait(false);
        }
        catch (KmException e)
        {
            return Report(e.Error);
        }
        catch (PackageFormatException e)
        {
            return Report(PackageErrors.Explain(e));
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C or SIGTERM; what was begun is put away.
            return 130;
        }
        catch (Exception e)
        {
            // The text of an exception, but not where in our code it came from: that means nothing to the person who runs this.
            return Report(
                new KmError(ErrorCode.Internal, "kmpkg hit an internal error", $"{e.GetType().Name}: {e.Message}", "Please report this.")
            );
        }

        int Report(KmError error)
        {
            ErrorData.Print(args, error);
            return errors.Report(error);
        }
    }

    /// <summary>All commands.</summary>
    internal static RootCommand Create(StandardError errors) =>
        new("Makes, tests and packs Kilometers plugins.")
        {
            // One line per command.
            NewCommand.Create(),
            TestCommand.Create(errors),
            KeysCommand.Create(errors, TimeProvider.System),
            PackCommand.Create(errors, TimeProvider.System),
            SignCommand.Create(TimeProvider.System),
            InspectCommand.Create(errors, TimeProvider.System),
            VerifyCommand.Create(errors, TimeProvider.System),
            CreateVersion(),
        };

    private static Command CreateVersion()
    {
        var command = new Command("version", "Print the version of kmpkg.");
        command.SetAction(_ => Console.Out.WriteLine($"kmpkg {OwnProgram.Version}"));
        return command;
    }
}
