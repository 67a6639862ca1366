using System.Text.RegularExpressions;
using Kilometers.Cli.Commands.Help;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Tests.Commands.Help;

public sealed partial class HelpTopicsTests
{
    public static TheoryData<string> Topics => [.. HelpTopics.Names];

    [Theory]
    [MemberData(nameof(Topics))]
    public void Read_EveryTopic_HasATitleAndFitsATerminal(string name)
    {
        var (title, body) = HelpTopics.Read(name);
        Assert.NotEmpty(title);
        Assert.All(body.Split('\n').Prepend(title), line => Assert.InRange(line.Length, 0, 79));
        Assert.True(body.All(c => c is '\n' or (>= ' ' and <= '~')), "ASCII only");
    }

    [Fact]
    public void Read_Environment_NamesEveryVariableOfASetting()
    {
        var text = HelpTopics.Read("environment").Body;
        Assert.All(
            KmSettings.All.SelectMany(setting => setting.Variables).Concat(ApiKeySource.Variables).Append(KmHome.Variable),
            variable => Assert.Contains(variable, text, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Read_Files_NamesEveryFileOfTheHome()
    {
        var text = HelpTopics.Read("files").Body;
        var paths = PluginPaths.Default();
        Assert.All(
            typeof(PluginPaths)
                .GetProperties()
                .Where(property => property.PropertyType == typeof(string))
                .Select(property => (string?)property.GetValue(paths))
                .OfType<string>()
                .Where(path => path.StartsWith(paths.Home + "/", StringComparison.Ordinal))
                .Select(path => "~/.km/" + path[(paths.Home.Length + 1)..].Split('/')[0]),
            path => Assert.Contains(path, text, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Read_Policy_NamesOnlyMembersThatThereAre() =>
        Assert.All(Member().Matches(HelpTopics.Read("policy").Body).Select(match => match.Groups[1].Value), member =>
            Assert.Contains($"`{member}", File.ReadAllText(Document("docs/policy.md")), StringComparison.Ordinal)
        );

    private static string Document(string path)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, path)))
            folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, path);
    }

    [GeneratedRegex(@"^  ((?:plugins|publishers|tier|isolation|network|delivery)\.\w+)", RegexOptions.Multiline)]
    private static partial Regex Member();
}
