using System.Text;
using Kilometers.Contracts.Packages;
using Kilometers.Packager.Scaffolding;

namespace Kilometers.Packager.Tests.Scaffolding;

public sealed class ProjectTemplateTests
{
    public static TheoryData<string> Languages => [nameof(ProjectLanguage.CSharp), nameof(ProjectLanguage.Go)];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Fill_Manifest_IsStrictAndWithoutFault(string language)
    {
        var manifest = PackageJson.ReadDescription(Encoding.UTF8.GetBytes(Content(language, "manifest.json")));
        Assert.Empty(ManifestRules.Check(manifest));
        Assert.Equal(("my-logger", "km-plugin-my-logger"), (manifest.Name, manifest.Entrypoint));
    }

    [Fact]
    public void Fill_ManifestWithoutOptionalMembers_HasTheirDefaults()
    {
        var json = Content(nameof(ProjectLanguage.CSharp), "manifest.json");
        Assert.DoesNotContain("delivery", json, StringComparison.Ordinal);
        var manifest = PackageJson.ReadDescription(Encoding.UTF8.GetBytes(json));
        Assert.Equal("best_effort", manifest.Delivery);
        Assert.Empty(manifest.Features);
        Assert.Empty(manifest.Capabilities.Network);
        Assert.Null(manifest.Limits.MemoryBytes);

        var partly = PackageJson.ReadDescription(
            Encoding.UTF8.GetBytes(
                json.Replace("\"releaseSequence\"", "\"capabilities\": {}, \"releaseSequence\"", StringComparison.Ordinal)
            )
        );
        Assert.Empty(partly.Capabilities.Network);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Fill_AnyFile_HasNoPlaceholderLeftAndEndsWithANewline(string language)
    {
        Assert.All(Files(language), file =>
        {
            // A workflow has expressions, which begin with "${{".
            Assert.DoesNotMatch(@"(?<!\$)\{\{", file.Path + file.Content);
            Assert.EndsWith("\n", file.Content, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("ab", "AbPlugin")]
    [InlineData("my-logger", "MyLoggerPlugin")]
    [InlineData("hello-plugin", "HelloPlugin")]
    [InlineData("plugin", "PluginPlugin")]
    [InlineData("kilometers", "KilometersPluginPlugin")]
    [InlineData("kilometers-plugin", "KilometersPluginPlugin")]
    [InlineData("a--1-", "A1Plugin")]
    public void ClassName_Name_IsAnIdentifierOtherThanTheBaseClass(string name, string expected) =>
        Assert.Equal(expected, ProjectTemplate.ClassName(name));

    [Fact]
    public void Fill_Go_ScriptsAreExecutableAndNothingElse() =>
        Assert.Equal(["build.sh"], Files(nameof(ProjectLanguage.Go)).Where(file => file.IsExecutable).Select(file => file.Path));

    [Fact]
    public void Fill_Go_HasTheGeneratedContract() =>
        Assert.Contains(
            "RegisterKilometersPluginServer",
            Content(nameof(ProjectLanguage.Go), "kilometerspluginv2/plugin_v2.pb.go"),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("Name")]
    [InlineData("../x")]
    [InlineData("")]
    public void Fill_NoName_Throws(string name) =>
        Assert.Throws<ArgumentException>(() => ProjectTemplate.Fill(name, ProjectLanguage.Go, SdkSource.Package));

    private static string Content(string language, string path) => Assert.Single(Files(language), file => file.Path == path).Content;

    private static IReadOnlyList<ProjectFile> Files(string language) =>
        ProjectTemplate.Fill("my-logger", Enum.Parse<ProjectLanguage>(language), SdkSource.Package);
}
