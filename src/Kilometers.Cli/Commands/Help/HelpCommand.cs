using System.CommandLine;
using System.CommandLine.Completions;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Help;

/// <summary><c>km help</c>: explains a topic, or a command like its <c>--help</c>. Where a name is both, the topic comes first.</summary>
internal static class HelpCommand
{
    public const string Name = "help";

    public static Command Create()
    {
        var topic = new Argument<string[]>("TOPIC|COMMAND")
        {
            Description = $"One of: {string.Join(", ", HelpTopics.Names)}; or a command.",
            Arity = ArgumentArity.ZeroOrMore,
            HelpName = "TOPIC|COMMAND",
        };
        var json = PluginsCommand.Json();
        var command = new Command(Name, "Explain a topic or a command.") { topic, json };
        topic.CompletionSources.Add(Completions);
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km help files
              km help plugins install
            """
        );
        command.SetAction(parsed =>
        {
            var words = CommandAliases.Resolve(parsed.GetValue(topic) ?? []);
            var root = command.Parents.OfType<RootCommand>().Single();
            var about = words is [var name] && HelpTopics.Has(name) ? HelpTopics.Read(name) : ((string Title, string Body)?)null;
            var help = root.Parse([.. words, "--help"]);
            if (about is null && help.UnmatchedTokens.Count > 0)
                return Unknown(help.UnmatchedTokens[0], help.CommandResult.Command, parsed.GetValue(json));
            using var text = new StringWriter { NewLine = "\n" };
            if (about is { } found)
                text.WriteLine($"{found.Title}\n\n{found.Body}");
            if (help.UnmatchedTokens.Count == 0)
                help.Invoke(new InvocationConfiguration { Output = text });
            if (parsed.GetValue(json))
                new Screen().Json(
                    new HelpText(string.Join(' ', words), about?.Title ?? help.CommandResult.Command.Description ?? "", $"{text}"),
                    CommandJsonContext.Default.HelpText
                );
            else
                Console.Out.Write(text);
            return 0;
        });
        return command;

        IEnumerable<CompletionItem> Completions(CompletionContext _) =>
            HelpTopics
                .Names.Select(name => new CompletionItem(name, detail: HelpTopics.Read(name).Title))
                .Concat(
                    command
                        .Parents.OfType<RootCommand>()
                        .SelectMany(root => root.Subcommands)
                        .Where(sub => !sub.Hidden && !HelpTopics.Has(sub.Name))
                        .Select(sub => new CompletionItem(sub.Name, detail: sub.Description))
                );
    }

    private static int Unknown(string word, Command within, bool isJson)
    {
        var meant = Suggestion.For(word, within.Subcommands.Select(sub => sub.Name).Concat(within is RootCommand ? HelpTopics.Names : []));
        var error = new KmError(
            ErrorCode.InvalidArguments,
            $"There is no topic or command '{word}'",
            Hint: meant is null ? "See: km help" : $"Did you mean: {meant}"
        );
        if (isJson)
            new Screen().Json(new ErrorReport(error), CommandJsonContext.Default.ErrorReport);
        using var errors = StandardError.OfCommand();
        return errors.Report(error);
    }
}

/// <summary>What <c>km help --json</c> prints.</summary>
/// <param name="About">The topic, or the words of the command.</param>
/// <param name="Title">What it is, in a sentence.</param>
/// <param name="Text">The whole text.</param>
internal sealed record HelpText(string About, string Title, string Text);
