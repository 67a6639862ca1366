using System.Text;

namespace Kilometers.Cli.Commands.Help;

/// <summary>The texts of <c>km help TOPIC</c>, each a file of this folder: its first line is the title.</summary>
internal static class HelpTopics
{
    public static IReadOnlyList<string> Names { get; } = ["environment", "exit-status", "files", "plugins", "policy"];

    public static bool Has(string name) => Names.Contains(name);

    /// <summary>The title, and what follows it.</summary>
    public static (string Title, string Body) Read(string name)
    {
        using var stream = typeof(HelpTopics).Assembly.GetManifestResourceStream($"{name}.txt")!;
        var text = new StreamReader(stream, Encoding.UTF8).ReadToEnd();
        var end = text.IndexOf('\n');
        return (text[..end], text[end..].Trim('\n'));
    }
}
