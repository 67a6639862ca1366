using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Documents;

/// <summary>Runs the commands of a page as they stand, in order.</summary>
internal static partial class PageCommands
{
    /// <param name="page">The page's path from the root.</param>
    /// <param name="work">The folder that the page calls <c>$WORK</c>.</param>
    /// <param name="more">Other variables that the page uses.</param>
    /// <param name="between">What the page's reader waits for between two blocks, as a command.</param>
    /// <param name="change">What cannot be run as it stands.</param>
    /// <param name="folder">Where they are run. Default: the repository's root.</param>
    /// <returns>How many blocks of commands there are, and what they printed; all of them ended with 0.</returns>
    public static async Task<(int Blocks, string Output, string Errors)> RunAsync(
        string page,
        string work,
        IReadOnlyDictionary<string, string>? more = null,
        string between = "",
        Func<string, string>? change = null,
        string? folder = null
    )
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Programs.Root, page), TestContext.Current.CancellationToken);
        var blocks = ShellBlock().Matches(text).Select(match => match.Groups[1].Value).Select(change ?? (block => block)).ToList();
        var environment = new Dictionary<string, string>([.. Builds.Environment, .. more ?? new Dictionary<string, string>()])
        {
            ["WORK"] = work,
        };
        // What a page starts in the background ends with a page that fails, too.
        const string end = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT";
        await using var shell = KmProcess.Start(
            "/bin/bash",
            ["-euo", "pipefail", "-c", $"{end}\ncd '{folder ?? Programs.Root}'\n{string.Join($"\n{between}\n", blocks)}"],
            environment
        );
        shell.CloseInput();
        var output = await new StreamReader(shell.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        var exit = await shell.ExitAsync();
        Assert.True(exit == 0, output + shell.Errors);
        return (blocks.Count, output, shell.Errors);
    }

    /// <summary>A PATH that begins with the folders of these programs.</summary>
    public static string PathOf(params string[] programs) =>
        string.Join(':', programs.Select(program => Path.GetDirectoryName(program)).Append(Environment.GetEnvironmentVariable("PATH")));

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}

/// <summary>
/// What runs alone, after everything else: the first-plugin page gives an unpublished plugin some seconds to start, at low priority, and
/// builds take what there is: enough for one user, not beside a hundred tests. And what compares short times.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
