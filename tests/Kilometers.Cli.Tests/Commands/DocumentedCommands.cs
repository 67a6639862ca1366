using System.Text;
using System.Text.RegularExpressions;

namespace Kilometers.Cli.Tests.Commands;

/// <summary>The command lines of one program in the fenced blocks of the documents, as a shell would hand them over.</summary>
internal static partial class DocumentedCommands
{
    /// <summary>Each command line in words, with the place where it is written, such as <c>docs/http.md: km bridge URL</c>.</summary>
    public static IEnumerable<(string Place, string[] Words)> Of(string program)
    {
        var root = Root();
        var documents = Directory
            .EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(root, "*.md"))
            .Order(StringComparer.Ordinal);
        foreach (var document in documents)
        foreach (var block in Fence().Matches(File.ReadAllText(document)).Where(match => match.Groups[2].Value is "" or "sh"))
        foreach (var line in Lines(block.Groups[3].Value))
        foreach (var command in Commands(line))
            if (command.Length > 0 && command[0] == program)
                yield return ($"{Path.GetRelativePath(root, document)}: {line.Trim()}", command[1..]);
    }

    /// <summary>The lines that are typed: those after a prompt where there is one, else all.</summary>
    private static IEnumerable<string> Lines(string block)
    {
        var lines = block.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n');
        return lines.Any(line => line.StartsWith("$ ", StringComparison.Ordinal))
            ? lines.Where(line => line.StartsWith("$ ", StringComparison.Ordinal))
            : lines;
    }

    /// <summary>The simple commands of a line: what stands between <c>|</c>, <c>;</c>, <c>&amp;</c>, parentheses and braces, without assignments before it.</summary>
    private static IEnumerable<string[]> Commands(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (isWord, isTarget) = (false, false);
        var text = Prompt().Replace(line, "");
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '\'' or '"' && text.IndexOf(c, i + 1) is > 0 and var end)
            {
                word.Append(text, i + 1, end - i - 1);
                (isWord, i) = (true, end);
            }
            else if (c == '#' && !isWord)
            {
                break;
            }
            else if (c == '$' && i + 1 < text.Length && text[i + 1] == '(')
            {
                // What is in it is a command of its own, and what it prints is part of a word.
                End();
            }
            else if (c is ' ' or '|' or ';' or '&' or '(' or ')' or '>' or '<')
            {
                End();
                isTarget = c is '>' or '<' || (c == ' ' && isTarget);
                if (isTarget || c == ' ')
                    continue;
                yield return [.. words];
                words.Clear();
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        End();
        yield return [.. words];

        void End()
        {
            if (isWord && !isTarget && !(words.Count == 0 && (Assignment().IsMatch(word.ToString()) || word.ToString() is "{" or "}")))
                words.Add(word.ToString());
            isTarget &= !isWord;
            isWord = false;
            word.Clear();
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Km.slnx is in no parent folder");
        return folder.FullName;
    }

    [GeneratedRegex(@"^( *)```(\w*)\n(.*?)^\1```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*(\$ |sudo )*")]
    private static partial Regex Prompt();

    [GeneratedRegex(@"^[A-Za-z_]\w*=")]
    private static partial Regex Assignment();
}
