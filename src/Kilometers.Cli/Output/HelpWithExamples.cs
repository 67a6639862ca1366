using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Kilometers.Cli.Output;

/// <summary>The help of a command, followed by its examples: a listing of commands shows only what each is for.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    private static readonly Dictionary<Command, string> Examples = [];

    /// <summary>Gives a command its examples.</summary>
    public static void Add(Command command, string text) => Examples[command] = text;

    /// <summary>The examples of a command; null where it has none.</summary>
    public static string? Of(Command command) => Examples.GetValueOrDefault(command);

    /// <summary>Puts the examples into the help of a whole command line.</summary>
    public static void Use(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction help)
                option.Action = new HelpWithExamples(help);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var status = inner.Invoke(parseResult);
        if (Of(parseResult.CommandResult.Command) is { } text)
            parseResult.InvocationConfiguration.Output.WriteLine(text.TrimEnd() + "\n");
        return status;
    }
}
