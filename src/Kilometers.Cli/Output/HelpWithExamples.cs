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
        if (Examples.TryGetValue(parseResult.CommandResult.Command, out var text))
            parseResult.InvocationConfiguration.Output.WriteLine(text.TrimEnd() + "\n");
        return status;
    }
}
