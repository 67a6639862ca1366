using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using System.Text.RegularExpressions;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Help;

/// <summary>One manual page, in the man macros of roff. The same km writes the same bytes.</summary>
internal static partial class ManualPage
{
    /// <param name="path">The words that call it, such as <c>km plugins list</c>.</param>
    /// <param name="command">The command.</param>
    /// <param name="date">The release's date, as it is shown.</param>
    public static string OfCommand(string path, Command command, string date)
    {
        var page = Start(path.Replace(' ', '-'), 1, date, command.Description ?? "");
        var arguments = string.Concat(command.Arguments.Select(argument => $" {Usage(argument)}"));
        page.Append(".SH SYNOPSIS\n");
        Bold(page, path);
        page.Append($"{(command.Subcommands.Count > 0 ? "COMMAND [options]" : $"[options]{Escape(arguments)}")}\n");
        if (command.Name == MonitorCommand.Name)
            page.Append("[\\-\\-server] \\-\\- COMMAND [ARGS...]\n");
        Section(page, "DESCRIPTION", command.Description ?? "");
        List(page, "COMMANDS", command.Subcommands.Where(sub => !sub.Hidden).Select(sub => (sub.Name, sub.Description)));
        List(page, "ARGUMENTS", command.Arguments.Select(argument => (argument.Name, argument.Description)));
        List(page, "OPTIONS", Options(command));
        if (HelpWithExamples.Of(command) is { } examples)
            Literal(page, "EXAMPLES", HeadLine().Replace(examples, ""));
        Section(page, "EXIT STATUS", "See km-exit-status(7).");
        page.Append(".SH SEE ALSO\n");
        var parent = path.LastIndexOf(' ') is > 0 and var end ? [$"{path[..end].Replace(' ', '-')}(1)"] : Array.Empty<string>();
        page.Append(
            string.Join(
                " ,\n",
                parent
                    .Concat(command.Subcommands.Where(sub => !sub.Hidden).Select(sub => $"{path.Replace(' ', '-')}-{sub.Name}(1)"))
                    .Concat(HelpTopics.Names.Select(topic => $"km-{topic}(7)"))
                    .Select(Reference)
            )
        );
        return page.Append('\n').ToString();
    }

    public static string OfTopic(string topic, string date)
    {
        var (title, body) = HelpTopics.Read(topic);
        var page = Start($"km-{topic}", 7, date, title);
        Literal(page, "DESCRIPTION", body);
        return page.Append(".SH SEE ALSO\n").Append(Reference("km(1)")).Append('\n').ToString();
    }

    private static StringBuilder Start(string name, int section, string date, string summary)
    {
        var version = RootCommandLine.Version;
        var first = summary.IndexOf(". ", StringComparison.Ordinal) is > 0 and var end ? summary[..end] : summary.TrimEnd('.');
        return new StringBuilder()
            .Append($".TH {Escape(name.ToUpperInvariant())} {section} \"{date}\" \"km {Escape(version)}\" \"Kilometers\"\n")
            .Append(".nh\n.ad l\n.SH NAME\n")
            .Append($"{Escape(name)} \\- {Escape(first)}\n");
    }

    private static IEnumerable<(string Term, string? Text)> Options(Command command) =>
        command
            .Options.Where(option => !option.Hidden)
            .Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)))
            .Select(option =>
                (
                    string.Join(", ", option.Aliases.Where(alias => alias != "/?" && alias != "/h").Prepend(option.Name))
                        + (option.HelpName is { } value ? $" {value}" : ""),
                    option is HelpOption ? "Show help and usage information." : option.Description
                )
            );

    [GeneratedRegex(@"\AExamples?:\n")]
    private static partial Regex HeadLine();

    private static string Usage(Argument argument) => argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : argument.Name;

    private static void Section(StringBuilder page, string name, string text) => page.Append($".SH {name}\n{Line(text)}\n");

    private static void List(StringBuilder page, string name, IEnumerable<(string Term, string? Text)> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        page.Append($".SH {name}\n");
        foreach (var (term, text) in all)
        {
            page.Append(".TP\n");
            Bold(page, term);
            page.Append($"{Line(text ?? "")}\n");
        }
    }

    private static void Literal(StringBuilder page, string name, string text)
    {
        page.Append($".SH {name}\n.nf\n");
        foreach (var line in text.TrimEnd().Split('\n'))
            page.Append(line.Length == 0 ? ".sp\n" : $"{Line(line.TrimEnd('\r'))}\n");
        page.Append(".fi\n");
    }

    private static void Bold(StringBuilder page, string text) => page.Append($"\\fB{Escape(text)}\\fR\n");

    private static string Reference(string page) =>
        page.IndexOf('(', StringComparison.Ordinal) is var at ? $".BR {Escape(page[..at])} {page[at..]}" : page;

    /// <summary>A line that begins with a dot or an apostrophe would be a request.</summary>
    private static string Line(string text) => text.StartsWith('.') || text.StartsWith('\'') ? "\\&" + Escape(text) : Escape(text);

    private static string Escape(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("…", "...", StringComparison.Ordinal)
            .Replace("`", "\\(ga", StringComparison.Ordinal)
            .Replace("~", "\\(ti", StringComparison.Ordinal)
            .Replace("^", "\\(ha", StringComparison.Ordinal);
}
