using System.CommandLine.Completions;

namespace Kilometers.Cli.Commands.Completion;

/// <summary>What a shell may offer at one place of a command line.</summary>
/// <param name="Items">Words of km.</param>
/// <param name="Rest">What the shell itself may add.</param>
internal sealed record CompletionAnswer(IReadOnlyList<CompletionItem> Items, ShellWords Rest)
{
    public static CompletionAnswer Nothing { get; } = new([], ShellWords.None);
}

/// <summary>Words that a shell knows better than km.</summary>
internal enum ShellWords
{
    None,
    Files,
    Directories,

    /// <summary>Another program's command line: everything after <c>--</c>.</summary>
    Command,
}
