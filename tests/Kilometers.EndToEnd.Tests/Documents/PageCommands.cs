using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Documents;

/// <summary>Runs the commands of a page as they stand, in order, from the repository's root.</summary>
internal static partial class PageCommands
{
    /// <param name="page">The page's path from the root.</param>
    /// <param name="work">The folder that the page calls <c>$WORK</c>.</param>
    /// <param name="more">Other variables that the page uses.</param>
    /// <returns>How many blocks of commands there are, and what they printed; all of them ended with 0.</returns>
    public static async Task<(int Blocks, string Output, string Errors)> RunAsync(
        string page,
        string work,
        IReadOnlyDictionary<string, string>? more = null
    )
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Programs.Root, page), TestContext.Current.CancellationToken);
        var blocks = ShellBlock().Matches(text).Select(match => match.Groups[1].Value).ToList();
        using var alone = await Builds.AloneAsync();
        var environment = new Dictionary<string, string>([.. Builds.Environment, .. more ?? new Dictionary<string, string>()])
        {
            ["WORK"] = work,
        };
        await using var shell = KmProcess.Start(
            "/bin/bash",
            ["-euo", "pipefail", "-c", $"cd '{Programs.Root}'\n{string.Join('\n', blocks)}"],
            environment
        );
        shell.CloseInput();
        var output = await new StreamReader(shell.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        var exit = await shell.ExitAsync();
        Assert.True(exit == 0, output + shell.Errors);
        return (blocks.Count, output, shell.Errors);
    }

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}

/// <summary>
/// What runs alone, after everything else: the first-plugin page gives an unpublished plugin some seconds to start, at low priority, and
/// builds take what there is: enough for one user, not beside a hundred tests. And what compares short times.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
