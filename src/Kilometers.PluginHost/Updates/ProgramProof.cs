using System.Text;
using Kilometers.PluginHost.Accounts;
using Kilometers.Processes;

namespace Kilometers.PluginHost.Updates;

/// <summary>Starts a km program to see whether it runs on this machine, and which version it says it is.</summary>
internal static class ProgramProof
{
    private const string Answer = "km ";
    private const int MaxAnswerBytes = 200;

    // A program that was never read before may come from a slow disk; a healthy one needs milliseconds.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Runs <c>km version</c>.</summary>
    /// <param name="path">The program.</param>
    /// <returns>The version that it says; or why there is none.</returns>
    public static (string? Version, string? Why) Run(string path)
    {
        var command = new ChildCommand
        {
            FileName = path,
            Arguments = ["version"],
            Environment = Tool.EnvironmentWithout(ApiKeySource.Variables),
        };
        try
        {
            var result = new Tool(command, Limit, MaxAnswerBytes, TimeProvider.System).Run(default);
            if (result.WhyKilled is { } whyKilled)
                return (null, whyKilled);
            var said = Encoding.UTF8.GetString(result.Output).Trim();
            if (!result.IsSuccess)
                return (null, $"It ended with {result.Status}. {Printable(Encoding.UTF8.GetString(result.Errors))}".TrimEnd());
            return said.StartsWith(Answer, StringComparison.Ordinal)
                ? (said[Answer.Length..], null)
                : (null, $"It says '{Printable(said)}' where its version should be.");
        }
        catch (ChildStartException e)
        {
            return (null, e.Message);
        }
    }

    private static string Printable(string text) =>
        string.Concat(text.ReplaceLineEndings(" ").Trim().Select(c => char.IsControl(c) ? '?' : c));
}
