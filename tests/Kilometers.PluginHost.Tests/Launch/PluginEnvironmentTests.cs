using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Tests.Launch;

public sealed class PluginEnvironmentTests
{
    [Fact]
    public void Create_SecretsAreSet_HoldsNoneOfThem()
    {
        string[] names =
        [
            "KM_API_KEY",
            "KM_TEST_ENVIRONMENT_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "SSH_AUTH_SOCK",
            "HTTPS_PROXY",
            "PLUGIN_CLIENT_CERT_X",
        ];
        foreach (var name in names)
            Environment.SetEnvironmentVariable(name, "a secret");
        var environment = PluginEnvironment.Create();
        Assert.DoesNotContain(environment, pair => names.Contains(pair.Key) || pair.Value == "a secret");
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), environment["PATH"]);
    }

    [Fact]
    public void Create_Always_HoldsNothingBeyondTheList()
    {
        string[] allowed =
        [
            "PATH",
            "LANG",
            "LC_ALL",
            "LC_CTYPE",
            "LC_TIME",
            "TZ",
            "DOTNET_ROOT",
            "DOTNET_ROOT_X64",
            "DOTNET_ROOT_ARM64",
            "SYSTEMROOT",
            "COMSPEC",
            "PATHEXT",
        ];
        Assert.Empty(PluginEnvironment.Create().Keys.Except(allowed));
    }
}
