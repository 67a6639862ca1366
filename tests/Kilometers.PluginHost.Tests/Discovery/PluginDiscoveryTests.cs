using Kilometers.Contracts;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Discovery;

/// <summary>A checkout with plugins of its own: how much of it is looked at.</summary>
public sealed class PluginDiscoveryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ListForSession_AProjectThatNobodyAgreedTo_HasNone()
    {
        Fill(200);
        var discovery = new PluginDiscovery(Paths());
        Assert.Empty(discovery.ListForSession());
        Assert.Empty(discovery.Warnings);
        var error = discovery.FindUntrusted(TestContext.Current.CancellationToken);
        Assert.Equal(ErrorCode.UntrustedProject, error?.Code);
    }

    [Fact]
    public void ListForSession_AProjectThatTheUserAgreedTo_HasABoundedNumber()
    {
        Fill(200);
        var paths = Paths();
        new TrustedProjects { Projects = new(StringComparer.Ordinal) { [paths.Project!] = [Agreed] } }.Write(paths.TrustedProjects);
        var discovery = new PluginDiscovery(paths);
        Assert.Equal(16, discovery.ListForSession().Count);
        Assert.Single(discovery.Warnings);
        Assert.Null(discovery.FindUntrusted(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void FindUntrusted_NoPackages_IsNull()
    {
        Assert.Null(new PluginDiscovery(Paths()).FindUntrusted(TestContext.Current.CancellationToken));
        Directory.CreateDirectory(Paths().ProjectPlugins!);
        File.WriteAllText(Path.Combine(Paths().ProjectPlugins!, "readme.md"), "");
        Assert.Null(new PluginDiscovery(Paths()).FindUntrusted(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void FindUntrusted_ThePluginsFolderIsNotAFolder_IsNull()
    {
        Directory.CreateDirectory(Paths().Project!);
        File.WriteAllText(Paths().ProjectPlugins!, "");
        Assert.Null(new PluginDiscovery(Paths()).FindUntrusted(TestContext.Current.CancellationToken));
    }

    private static TrustedPackage Agreed =>
        new()
        {
            Name = "logger",
            Statement = "digest",
            Publisher = new() { Organization = "x", Root = "y" },
            Permissions = new(),
            At = DateTimeOffset.UnixEpoch,
        };

    private void Fill(int packages)
    {
        Directory.CreateDirectory(Paths().ProjectPlugins!);
        for (var i = 0; i < packages; i++)
            File.WriteAllText(Path.Combine(Paths().ProjectPlugins!, $"{i}.kmpkg"), "no package");
    }

    private PluginPaths Paths() =>
        new()
        {
            Home = _folder["home"],
            SystemPlugins = null,
            SystemTrust = null,
            SystemPolicy = null,
            Project = _folder["project"],
            Bundled = _folder["packages"],
        };
}
