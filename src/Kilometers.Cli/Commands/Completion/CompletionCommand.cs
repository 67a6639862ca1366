using System.CommandLine;
using System.Text;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Completion;

/// <summary><c>km completion</c>: prints the script that makes a shell complete km's command line.</summary>
internal static class CompletionCommand
{
    /// <summary>The shells, and the file with each one's script.</summary>
    private static readonly (string Shell, string Script, string Example)[] Shells =
    [
        ("bash", "km.bash", "source <(km completion bash)    # in ~/.bashrc"),
        ("zsh", "km.zsh", "source <(km completion zsh)    # in ~/.zshrc, after compinit"),
        ("fish", "km.fish", "km completion fish | source    # in ~/.config/fish/config.fish"),
        ("pwsh", "km.ps1", "km completion pwsh | Out-String | Invoke-Expression    # in $PROFILE"),
    ];

    public static Command Create()
    {
        var command = new Command("completion", "Print a script that makes your shell complete commands, plugins, sessions and settings.");
        foreach (var (shell, script, example) in Shells)
        {
            var json = PluginsCommand.Json();
            var sub = new Command(shell, $"Print the script for {shell}.") { json };
            HelpWithExamples.Add(sub, $"Example:\n  {example}");
            sub.SetAction(parsed =>
            {
                var text = Read(script);
                if (parsed.GetValue(json))
                    new Screen().Json(new CompletionScript(shell, text), CommandJsonContext.Default.CompletionScript);
                else
                    Console.Out.Write(text);
            });
            command.Subcommands.Add(sub);
        }

        return command;
    }

    private static string Read(string name)
    {
        using var stream = typeof(CompletionCommand).Assembly.GetManifestResourceStream(name)!;
        return new StreamReader(stream, Encoding.UTF8).ReadToEnd();
    }
}

/// <summary>What <c>km completion SHELL --json</c> prints.</summary>
internal sealed record CompletionScript(string Shell, string Script);
