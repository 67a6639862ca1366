using System.ComponentModel;
using System.Diagnostics;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.PluginHost.Updates;

/// <summary>Starts a km program to see whether it runs on this machine, and which version it says it is.</summary>
internal static class ProgramProof
{
    private const string Answer = "km ";
    private const int LargestAnswer = 200;

    // A program that was never read before may come from a slow disk; a healthy one needs milliseconds.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Runs <c>km version</c>.</summary>
    /// <param name="path">The program.</param>
    /// <returns>The version that it says; or why there is none.</returns>
    public static (string? Version, string? Why) Run(string path)
    {
        var start = new ProcessStartInfo(path, ["version"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var variable in ApiKeySource.Variables) start.Environment.Remove(variable);
        try
        {
            using var process = Process.Start(start) ?? throw new IOException("It did not start.");
            process.StandardInput.Close();
            var output = ReadAsync(process.StandardOutput);
            var errors = ReadAsync(process.StandardError);
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                return (null, $"It did not end within {Limit.TotalSeconds:0} s.");
            }

            // What it left behind could hold the pipes open: its word is in them by now, or never.
            if (!Task.WaitAll([output, errors], Limit)) return (null, "It left a process behind that does not end.");
            var said = output.Result.Trim();
            if (process.ExitCode != 0) return (null, $"It ended with status {process.ExitCode}. {Printable(errors.Result)}".TrimEnd());
            return said.StartsWith(Answer, StringComparison.Ordinal) ? (said[Answer.Length..], null) : (null, $"It says '{Printable(said)}' where its version should be.");
        }
        catch (Exception e) when (e is IOException or Win32Exception or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var text = new char[LargestAnswer];
        var length = await reader.ReadBlockAsync(text).ConfigureAwait(false);

        // Whatever more comes is thrown away, so that nobody waits for us.
        var rest = new char[4096];
        while (await reader.ReadAsync(rest).ConfigureAwait(false) > 0)
        {
        }

        return new string(text, 0, length);
    }

    private static string Printable(string text) => string.Concat(text.ReplaceLineEndings(" ").Trim().Select(c => char.IsControl(c) ? '?' : c));
}
