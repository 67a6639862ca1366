using System.Text.RegularExpressions;
using Kilometers.Contracts.Packages;

namespace Kilometers.Contracts.Tests.Packages;

/// <summary>The settings that km's own plugins declare are those that they read and that their pages explain.</summary>
public sealed partial class DeclaredSettingsTests
{
    private static readonly string Folder = Path.Combine(Root(), "src", "plugins");

    public static TheoryData<string> Plugins => [.. Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder))];

    [Theory]
    [MemberData(nameof(Plugins))]
    public void A_plugin_reads_what_it_declares_and_nothing_else(string plugin)
    {
        var folder = Path.Combine(Folder, plugin);
        var manifest = PackageJson.ReadDescription(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        Assert.Empty(ManifestRules.Check(manifest));
        Assert.NotNull(manifest.Settings);
        var source = string.Concat(Directory.EnumerateFiles(folder, "*.cs").Select(File.ReadAllText));
        var read = Known().Match(source) is { Success: true } known
            ? Text().Matches(known.Groups[1].Value).Select(match => match.Groups[1].Value)
            : IsOn().Matches(source).Select(match => match.Groups[1].Value);
        Assert.Equal(manifest.Settings.Select(setting => setting.Name).Order(), read.Distinct().Order());
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Km.slnx")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"Known =\s*\[([^\]]*)\]")]
    private static partial Regex Known();

    [GeneratedRegex("\"([a-z_]+)\"")]
    private static partial Regex Text();

    [GeneratedRegex("IsOn\\(\"([a-z_]+)\"\\)")]
    private static partial Regex IsOn();
}
