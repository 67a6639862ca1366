using System.Text.RegularExpressions;

namespace Kilometers.GuardBench.Corpus;

/// <summary>Families of templates, with lists for what differs: <c>[family label place]</c>, <c>[$list]</c>, <c>{a|b}</c>, <c>{$list}</c>.</summary>
internal sealed partial class TemplateFile
{
    private readonly Dictionary<string, List<string>> _lists = new(StringComparer.Ordinal);

    public TemplateFile(string path)
    {
        List<string> into = [];
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (Heading().Match(line) is not { Success: true, Groups: var parts })
                into.Add(line);
            else if (parts["list"].Success)
                _lists[parts["list"].Value] = into = [];
            else
                Families.Add(new Family(parts["name"].Value, parts["label"].Value == "attack", parts["place"].Value, into = []));
        }
    }

    public List<Family> Families { get; } = [];

    public string Fill(string template, Random random)
    {
        // The innermost choice first; what a list gives may have choices of its own.
        while (Choice().Match(template) is { Success: true } choice)
        {
            var text = choice.Groups[1].Value;
            IReadOnlyList<string> options = text[0] == '$' ? _lists[text] : text.Split('|');
            template = string.Concat(
                template.AsSpan(0, choice.Index),
                options[random.Next(options.Count)],
                template.AsSpan(choice.Index + choice.Length)
            );
        }

        return template.Replace("\\n", "\n", StringComparison.Ordinal).Trim();
    }

    [GeneratedRegex(@"^\[(?:(?<list>\$[a-z]+)|(?<name>[a-z-]+) (?<label>attack|fair) (?<place>definition|parameter|result))\]$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"\{([^{}\n]*[|$][^{}\n]*)\}")]
    private static partial Regex Choice();

    internal sealed record Family(string Name, bool Attack, string Place, List<string> Templates);
}
