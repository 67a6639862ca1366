using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Completion;

/// <summary>
/// What the shells' scripts run at a key press, <c>km __complete -- WORDS…</c>: one line <c>word, tab, description</c> for each word, and a
/// last line <c>:files</c>, <c>:directories</c>, <c>:command</c> or <c>:none</c> that says what the shell itself may add.
/// </summary>
internal static class CompleteCommand
{
    public const string Name = "__complete";

    public static int Run(IReadOnlyList<string> words, TextWriter output)
    {
        var answer = CompletionWalk.Find(RootCommandLine.Create([]), words);
        foreach (var item in answer.Items)
            output.Write($"{TerminalText.Line(item.Label)}\t{TerminalText.Line(item.Detail ?? "")}\n");
        output.Write($":{answer.Rest.ToString().ToLowerInvariant()}\n");
        return 0;
    }
}
