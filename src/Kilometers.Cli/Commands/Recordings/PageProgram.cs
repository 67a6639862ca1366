using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>The program <c>km-ui</c>, which is beside km: the pages, and the tokenizer.</summary>
internal static class PageProgram
{
    private const string Name = "km-ui";
    private const string Reinstall = "Install km again with all of its files: km-ui belongs beside km.";

    /// <summary>Starts it. It ends with its standard input, even if km is killed.</summary>
    /// <exception cref="KmException">It is missing, or cannot be started.</exception>
    public static ChildProcess Start(params string[] arguments)
    {
        var program = BesideProgram.Find(Name) ?? throw Failure($"{BesideProgram.PathOf(Name)} does not exist.", Reinstall);
        try
        {
            return ChildProcess.Start(
                new ChildCommand
                {
                    FileName = program,
                    Arguments = arguments,
                    EndGroupWithLeader = true,
                }
            );
        }
        catch (ChildStartException e)
        {
            throw Failure(e.Message, Reinstall);
        }
    }

    /// <summary>Why it does not do what it should.</summary>
    public static KmException Failure(string why, string hint) =>
        new(new KmError(ErrorCode.PagesUnavailable, "km-ui cannot be used", why, hint));
}
