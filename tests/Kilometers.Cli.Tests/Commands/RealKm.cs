using System.Diagnostics;

namespace Kilometers.Cli.Tests.Commands;

/// <summary>The km of this build as a process, in a home of its own.</summary>
internal static class RealKm
{
    public static async Task<(int Status, string Output, string Errors)> RunAsync(string home, params string[] arguments) =>
        await RunAsync(home, new Dictionary<string, string?>(), arguments);

    public static async Task<(int Status, string Output, string Errors)> RunAsync(
        string home,
        IReadOnlyDictionary<string, string?> environment,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "km"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        start.Environment["KM_HOME"] = home;

        // Never the developer's: km changes clients' configurations there.
        start.Environment["HOME"] = home;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }
}
