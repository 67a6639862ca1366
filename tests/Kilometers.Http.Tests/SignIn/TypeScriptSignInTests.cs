using System.Diagnostics;
using Kilometers.Http.Tests.Running;

namespace Kilometers.Http.Tests.SignIn;

/// <summary>The real clients of the TypeScript SDK, both of its generations: through the proxy they get as far as without it.</summary>
public sealed class TypeScriptSignInTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("sdk")]
    [InlineData("client")]
    public async Task A_client_signs_in_with_and_without_the_proxy(string package)
    {
        await using var server = await ProtectedServer.StartAsync();
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        Assert.Equal("connected", await RunAsync(package, server.Address));
        Assert.Equal("connected", await RunAsync(package, proxy.Address));
        Assert.Empty(server.Faults);
    }

    [Theory]
    [InlineData("sdk")]
    [InlineData("client")]
    public async Task A_client_refuses_the_metadata_of_another_server_with_and_without_the_proxy(string package)
    {
        await using var server = await ProtectedServer.StartAsync();
        server.Resource = "https://bank.example/mcp";
        await using var proxy = await HttpProgram.ProxyAsync(server.Address);
        Assert.StartsWith(
            "failed: Protected resource https://bank.example/mcp",
            await RunAsync(package, server.Address),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "failed: Protected resource https://bank.example/mcp",
            await RunAsync(package, proxy.Address),
            StringComparison.Ordinal
        );
        Assert.Empty(server.Granted);
    }

    private static async Task<string> RunAsync(string package, Uri address)
    {
        var folder = Environment.GetEnvironmentVariable("KM_TEST_NPM_DIR");
        Assert.SkipWhen(
            string.IsNullOrEmpty(folder),
            "npm packages: KM_TEST_NPM_DIR is not set (./test.sh installs them where npm is there)"
        );
        var script = Path.Combine(AppContext.BaseDirectory, "SignIn", "sign-in.mjs");
        var start = new ProcessStartInfo("node", [script, folder, package, address.AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(output.Length > 0, await errors);
        return output.Trim();
    }
}
