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

        ShowNames(root);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var configuration = parseResult.InvocationConfiguration;
        var output = configuration.Output;
        using var help = new StringWriter { NewLine = output.NewLine };
        configuration.Output = help;
        var status = inner.Invoke(parseResult);
        configuration.Output = output;

        // The library calls the command after the file that runs, km-host-VERSION. People type "km".
        output.Write(help.ToString().Replace($"  {RootCommand.ExecutableName} ", "  km ", StringComparison.Ordinal));
        if (Of(parseResult.CommandResult.Command) is { } text)
            output.WriteLine(text.TrimEnd() + "\n");
        return status;
    }

    /// <summary>The library shows an argument as all the words that could complete it, unless it is told the name once more.</summary>
    private static void ShowNames(Command command)
    {
        foreach (var argument in command.Arguments)
            argument.HelpName ??= argument.Name;
        foreach (var child in command.Subcommands)
            ShowNames(child);
    }
}
