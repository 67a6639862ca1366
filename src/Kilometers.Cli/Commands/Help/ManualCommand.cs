using System.CommandLine;

namespace Kilometers.Cli.Commands.Help;

/// <summary>
/// What the release runs, <c>km __man DIR DATE</c>: writes a manual page for each command (section 1) and each topic (section 7), from the same
/// texts as the help.
/// </summary>
internal static class ManualCommand
{
    public const string Name = "__man";

    public static int Run(string folder, string date)
    {
        Directory.CreateDirectory(folder);
        var root = RootCommandLine.Create([]);
        foreach (var (path, command) in Commands("km", root))
            File.WriteAllText(Path.Combine(folder, $"{path.Replace(' ', '-')}.1"), ManualPage.OfCommand(path, command, date));
        foreach (var topic in HelpTopics.Names)
            File.WriteAllText(Path.Combine(folder, $"km-{topic}.7"), ManualPage.OfTopic(topic, date));
        return 0;
    }

    private static IEnumerable<(string Path, Command Command)> Commands(string path, Command command) =>
        command.Subcommands.Where(sub => !sub.Hidden).SelectMany(sub => Commands($"{path} {sub.Name}", sub)).Prepend((path, command));
}
