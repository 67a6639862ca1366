using Kilometers.Cli.Commands;
using Kilometers.Contracts.Packages;

namespace Kilometers.Cli.Tests.Commands;

public sealed class UpdateCommandTests
{
    [Fact]
    public void Manifest_OfARelease_HasTheVersionOfThisKm()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
            folder = folder.Parent!;
        var manifest = PackageJson.ReadDescription(
            File.ReadAllBytes(Path.Combine(folder.FullName, "src", "Kilometers.Cli", "manifest.json"))
        );
        Assert.Equal((KmRelease.Name, RootCommandLine.Version), (manifest.Name, manifest.Version));
        Assert.Empty(ManifestRules.Check(manifest));
    }

    [Theory]
    [InlineData("update", "--allow-downgrade")]
    [InlineData("update", "--rollback", "--check")]
    [InlineData("update", "--rollback", "--version", "1.0.0")]
    public async Task Options_ThatDoNotGoTogether_AreErrorsOfUsage(params string[] arguments) =>
        Assert.Equal(2, await RootCommandLine.InvokeAsync(arguments));
}
