using Kilometers.Contracts;
using Kilometers.Packager.Conformance;
using Kilometers.Packager.Scaffolding;

namespace Kilometers.Packager.Tests.Conformance;

public sealed class TestedPluginTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmpkg-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Locate_Nothing_SaysSo() => Assert.Equal(ErrorCode.PluginNotStarted, Refusal(Path.Combine(_folder, "none")).Code);

    [Fact]
    public void Locate_ProjectThatIsNotBuilt_AsksForTheExecutable()
    {
        ProjectWriter.Write(_folder, ProjectTemplate.Fill("my-logger", ProjectLanguage.CSharp, SdkSource.Package));
        var error = Refusal(_folder);
        Assert.Contains("km-plugin-my-logger", error.Detail, StringComparison.Ordinal);
        Assert.Contains("executable", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("km-plugin-my-logger")]
    [InlineData("out/km-plugin-my-logger")]
    [InlineData("bin/Release/net10.0/km-plugin-my-logger")]
    [InlineData("bin/Release/net10.0/linux-x64/publish/km-plugin-my-logger")]
    public void Locate_BuiltProject_FindsExecutableAndManifest(string built)
    {
        ProjectWriter.Write(_folder, ProjectTemplate.Fill("my-logger", ProjectLanguage.CSharp, SdkSource.Package));
        var executable = Touch(built);
        Touch(built + ".dll");
        var tested = TestedPlugin.Locate(_folder);
        Assert.Equal(executable, tested.Executable);
        Assert.Equal("my-logger", tested.Manifest?.Name);
        Assert.Empty(tested.ManifestFaults);

        // The same by the executable itself.
        Assert.Equal(tested.ManifestPath, TestedPlugin.Locate(executable).ManifestPath);
    }

    [Fact]
    public void Locate_SeveralBuilds_TakesTheNewest()
    {
        Touch("bin/Debug/net10.0/km-plugin-x");
        var newer = Touch("bin/Release/net10.0/km-plugin-x");
        File.SetLastWriteTimeUtc(newer, File.GetLastWriteTimeUtc(newer).AddMinutes(1));
        Assert.Equal(newer, TestedPlugin.Locate(_folder).Executable);
    }

    [Fact]
    public void Locate_ManifestBesideTheExecutable_GoesFirst()
    {
        var executable = Touch("out/km-plugin-x");
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), "{}");
        File.WriteAllText(Path.Combine(_folder, "out/manifest.json"), "{}");
        Assert.Equal(Path.Combine(_folder, "out/manifest.json"), TestedPlugin.Locate(executable).ManifestPath);
    }

    [Fact]
    public void Locate_ManifestOfSomebodyElseFarAbove_IsNotTaken()
    {
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), "{}");
        Assert.Null(TestedPlugin.Locate(Touch("a/b/km-plugin-x")).ManifestPath);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"name":"a","name":"b"}""")]
    public void Locate_ManifestThatIsNone_IsAFault(string content)
    {
        var executable = Touch("km-plugin-x");
        File.WriteAllText(Path.Combine(_folder, "manifest.json"), content);
        var tested = TestedPlugin.Locate(executable);
        Assert.Null(tested.Manifest);
        Assert.NotEmpty(tested.ManifestFaults);
    }

    private static KmError Refusal(string path) => Assert.Throws<KmException>(() => TestedPlugin.Locate(path)).Error;

    private string Touch(string name)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }
}
