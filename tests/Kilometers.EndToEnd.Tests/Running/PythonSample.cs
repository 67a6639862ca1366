using System.Diagnostics;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>The plugin in Python, <c>samples/hello-python</c>.</summary>
internal static class PythonSample
{
    /// <summary>The interpreter that the plugin's first line names.</summary>
    private const string Python = "/usr/bin/python3";

    /// <summary>Builds it; skips the test, by name, where Python's gRPC is not installed.</summary>
    /// <returns>The plugin's program; beside it is what it imports, and its manifest.</returns>
    public static async Task<string> BuildAsync(Workspace workspace)
    {
        Assert.SkipUnless(
            File.Exists(Python) && (await RunAsync(Python, "-Ic", "import grpc, grpc_tools, cryptography")).Status == 0,
            "hello-python: Debian's python3-grpcio, python3-grpc-tools and python3-cryptography are not installed (./test.sh does)"
        );
        var folder = workspace.File("hello-python");
        var (status, errors) = await RunAsync(Path.Combine(Programs.Root, "samples/hello-python/build.sh"), folder);
        Assert.True(status == 0, errors);
        return Path.Combine(folder, "km-plugin-hello-python");
    }

    private static async Task<(int Status, string Errors)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (process.ExitCode, errors);
    }
}
