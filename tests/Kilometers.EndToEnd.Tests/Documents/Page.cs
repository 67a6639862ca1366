using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Documents;

/// <summary>A page whose commands are run as they stand, in order, from the repository's root.</summary>
internal static partial class Page
{
    /// <returns>The exit status, and everything that was printed.</returns>
    public static async Task<(int Status, string Output)> RunAsync(string path, IReadOnlyDictionary<string, string> environment)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Programs.Root, path), TestContext.Current.CancellationToken);
        var commands = ShellBlock().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.True(commands.Count >= 3, "the page has lost its commands");
        await using var shell = KmProcess.Start("/bin/bash", ["-euo", "pipefail", "-c", $"cd '{Programs.Root}'\nexec 2>&1\n{string.Join('\n', commands)}"], environment);
        shell.CloseInput();
        var output = await new StreamReader(shell.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        return (await shell.ExitAsync(), output + shell.Errors);
    }

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
