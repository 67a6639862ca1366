using System.Xml.Linq;
using Kilometers.Contracts;
using Kilometers.Packager.Scaffolding;

namespace Kilometers.Packager.Tests.Scaffolding;

public sealed class SdkSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmpkg-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Find_BelowACheckout_IsItsProject() =>
        Assert.EndsWith(
            "/src/Kilometers.Plugin.Sdk/Kilometers.Plugin.Sdk.csproj",
            SdkSource.Find(null).ProjectFile!.Replace('\\', '/'),
            StringComparison.Ordinal
        );

    [Fact]
    public void Find_NoCheckout_Refuses() =>
        Assert.Equal(ErrorCode.InvalidArguments, Assert.Throws<KmException>(() => SdkSource.Find(_folder)).Error.Code);

    [Fact]
    public void ProjectItem_PathWithCharactersOfXmlAndMSBuild_IsEscaped()
    {
        var checkout = Path.Combine(_folder, "a & b $(c) 100%");
        Directory.CreateDirectory(Path.Combine(checkout, "src/Kilometers.Plugin.Sdk"));
        File.WriteAllText(Path.Combine(checkout, "src/Kilometers.Plugin.Sdk/Kilometers.Plugin.Sdk.csproj"), "");
        var include = (string?)XElement.Parse(SdkSource.Find(checkout).ProjectItem).Attribute("Include");
        Assert.Contains("/a & b %24%28c%29 100%25/", include, StringComparison.Ordinal);
    }

    [Fact]
    public void ProjectImport_Checkout_IsAFileOfTheSdk() =>
        Assert.True(File.Exists((string?)XElement.Parse(SdkSource.Find(null).ProjectImport!).Attribute("Project")));

    [Fact]
    public void ProjectImport_Package_IsLeftToNuGet() => Assert.Null(SdkSource.Package.ProjectImport);

    [Fact]
    public void ProjectItem_Package_NamesItsVersion() =>
        Assert.Equal("""<PackageReference Include="Kilometers.Plugin.Sdk" Version="1.0.0" />""", SdkSource.Package.ProjectItem);

    [Fact]
    public void Carried_NoPackages_Refuses() =>
        Assert.Equal(ErrorCode.InvalidArguments, Assert.Throws<KmException>(() => SdkSource.Carried(_folder)).Error.Code);

    [Fact]
    public void Carried_Packages_AreTheOnlySourceOfThePluginAndOneMoreOfTheTests()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "Kilometers.Plugin.Sdk.1.0.0.nupkg"), "");
        var sdk = SdkSource.Carried(_folder);
        Assert.Equal("""<PackageReference Include="Kilometers.Plugin.Sdk" Version="1.0.0" />""", sdk.ProjectItem);
        var files = ProjectTemplate.Fill("my-logger", ProjectLanguage.CSharp, sdk);
        Assert.Equal(_folder, Property("my-logger.csproj", "RestoreSources"));
        Assert.Equal(_folder, Property("tests/my-logger.Tests.csproj", "RestoreAdditionalProjectSources"));

        string? Property(string path, string name) =>
            (string?)XElement.Parse(files.Single(file => file.Path == path).Content).Descendants(name).Single();
    }

    [Fact]
    public void Package_FromTheUsersFeeds_NamesNoSource() =>
        Assert.DoesNotContain(ProjectTemplate.Fill("my-logger", ProjectLanguage.CSharp, SdkSource.Package), file =>
            file.Content.Contains("Restore", StringComparison.Ordinal)
            || file.Content.Replace("${{", "", StringComparison.Ordinal).Contains("{{", StringComparison.Ordinal)
        );
}
