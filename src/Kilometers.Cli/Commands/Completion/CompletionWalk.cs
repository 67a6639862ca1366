using System.CommandLine;
using System.CommandLine.Completions;

namespace Kilometers.Cli.Commands.Completion;

/// <summary>
/// Finds what may follow the words typed so far. It walks the tree of commands instead of parsing: a line that is being typed is seldom
/// complete, and nothing in it may be validated or run.
/// </summary>
internal static class CompletionWalk
{
    private static readonly string[] Files = ["FILE", "FILE|NAME", "PATH"];
    private static readonly string[] Directories = ["DIR", "PROJECT"];

    /// <param name="root">The command line.</param>
    /// <param name="typed">The words after <c>km</c>; the last is the one to complete, and may be empty.</param>
    public static CompletionAnswer Find(RootCommand root, IReadOnlyList<string> typed)
    {
        if (typed.Count == 0)
            return CompletionAnswer.Nothing;
        var word = typed[^1];
        Command command = root;
        Option? open = null;
        var arguments = 0;
        var used = new HashSet<string>();
        foreach (var before in CommandAliases.Resolve([.. typed.SkipLast(1)]))
        {
            if (before == "--")
                return TakesServer(command) ? new CompletionAnswer([], ShellWords.Command) : CompletionAnswer.Nothing;

            // Bash hands "--session=ab" over as three words.
            if (before == "=" && open is not null)
                continue;
            if (open is not null)
                open = null;
            else if (before.StartsWith('-'))
            {
                var option = OptionsOf(command).FirstOrDefault(option => option.Name == before || option.Aliases.Contains(before));
                open = option is not null && TakesValue(option) ? option : null;
                used.Add(option?.Name ?? before);
            }
            else if (command.Subcommands.FirstOrDefault(sub => sub.Name == before) is { } sub)
                command = sub;
            else
                arguments++;
        }

        if (open is not null)
            return Values(open.HelpName, open.GetCompletions(CompletionContext.Empty), word == "=" ? "" : word);
        if (word.IndexOf('=') is > 2 and var equals && word.StartsWith("--", StringComparison.Ordinal))
            return After(command, word[..equals], word[(equals + 1)..]);
        if (word.StartsWith('-'))
            return Answer(
                OptionsOf(command)
                    .Where(option => !option.Hidden && (!used.Contains(option.Name) || option.Arity.MaximumNumberOfValues > 1))
                    .Select(option => new CompletionItem(option.Name, detail: option.Description)),
                word
            );
        if (command.Subcommands.Count > 0)
            return Answer(
                command.Subcommands.Where(sub => !sub.Hidden).Select(sub => new CompletionItem(sub.Name, detail: sub.Description)),
                word
            );
        return ArgumentAt(command, arguments) is { } argument
            ? Values(argument.Name, argument.GetCompletions(CompletionContext.Empty), word)
            : CompletionAnswer.Nothing;
    }

    /// <summary>The last argument may take several words.</summary>
    private static Argument? ArgumentAt(Command command, int place) =>
        command.Arguments.ElementAtOrDefault(place)
        ?? (command.Arguments.LastOrDefault() is { Arity.MaximumNumberOfValues: > 1 } last ? last : null);

    /// <summary>Whether a server's command follows <c>--</c>.</summary>
    private static bool TakesServer(Command command) => command.Name is MonitorCommand.Name or "check" or "replay";

    /// <summary><c>--option=value</c> in one word: the whole word is replaced.</summary>
    private static CompletionAnswer After(Command command, string name, string value)
    {
        if (OptionsOf(command).FirstOrDefault(option => option.Name == name) is not { } option || !TakesValue(option))
            return CompletionAnswer.Nothing;
        var answer = Values(option.HelpName, option.GetCompletions(CompletionContext.Empty), value);
        return answer with { Items = [.. answer.Items.Select(item => new CompletionItem($"{name}={item.Label}", detail: item.Detail))] };
    }

    private static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(OptionsOf).Where(option => option.Recursive));

    private static bool TakesValue(Option option) => option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);

    private static CompletionAnswer Values(string? place, IEnumerable<CompletionItem> items, string word) =>
        Answer(items, word) with
        {
            Rest =
                Files.Contains(place) ? ShellWords.Files
                : Directories.Contains(place) ? ShellWords.Directories
                : ShellWords.None,
        };

    private static CompletionAnswer Answer(IEnumerable<CompletionItem> items, string word) =>
        new([.. items.Where(item => item.Label.StartsWith(word, StringComparison.Ordinal))], ShellWords.None);
}
