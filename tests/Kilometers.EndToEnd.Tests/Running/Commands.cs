using System.Diagnostics;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>Other programs that a test needs once.</summary>
internal static class Commands
{
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return process.ExitCode;
    }
}
