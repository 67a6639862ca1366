using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Interception;

/// <summary>A user with an Enterprise subscription and a signed plugin that asks to decide about requests, for the tests of one class.</summary>
public sealed class InterceptingUser : IAsyncLifetime
{
    internal ApiServer Api { get; } = new();

    internal KmHomeFolder Home { get; } = new() { IsPrivate = true };

    internal string Customer { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await Api.InitializeAsync();
        foreach (
            var arguments in (string[][])
                [
                    ["trust", "add", Api.Root, "--yes"],
                    ["config", "set", "endpoint", Api.Endpoint],
                    ["config", "set", "entitlement-refresh", "1"],
                    ["config", "set", "credential-helper", "file"],
                ]
        )
            Assert.Equal(0, (await Home.RunAsync(arguments)).Status);
        (Customer, var key) = await Api.CreateCustomerAsync("Enterprise");
        await using (var login = KmProcess.Start(Programs.Km, ["auth", "login"], Home.Environment, Home.Path))
        {
            await login.SendAsync(key);
            Assert.True(await login.FinishAsync() == 0, login.Errors);
        }

        await Home.InstallTestPluginAsync(manifest =>
            manifest with
            {
                ProtocolVersions = [2],
                Features = ["testing", PluginCapabilities.InterceptFeature],
                Capabilities = new PluginCapabilities { Intercept = true },
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        Home.Dispose();
    }
}
