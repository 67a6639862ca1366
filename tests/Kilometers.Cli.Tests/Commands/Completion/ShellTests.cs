using System.Diagnostics;

namespace Kilometers.Cli.Tests.Commands.Completion;

/// <summary>The scripts in the shells that they are for, with the real km. A shell that is not there skips its test.</summary>
public sealed class ShellTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("km-completion-").FullName;

    [Fact]
    public async Task Bash_ATabAfterACommand_OffersInstalledPlugins() =>
        Assert.Equal(
            "first-plugin\nsecond-plugin\n",
            await RunAsync(
                "bash",
                """source <("$KM" completion bash); COMP_WORDS=("$KM" plugins enable ""); COMP_CWORD=3; _km; printf '%s\n' "${COMPREPLY[@]}" """
            )
        );

    [Fact]
    public async Task Bash_ATabAfterTheDashes_OffersPrograms() =>
        Assert.Contains(
            "printf\n",
            await RunAsync(
                "bash",
                """source <("$KM" completion bash); COMP_WORDS=("$KM" monitor -- print); COMP_CWORD=3; _km; printf '%s\n' "${COMPREPLY[@]}" """
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task Fish_ATabAfterACommand_OffersInstalledPlugins() =>
        Assert.Equal(
            "first-plugin\nsecond-plugin\n",
            await RunAsync("fish", """km completion fish | source; complete -C "km plugins enable " """)
        );

    [Fact]
    public async Task Zsh_ATabAfterACommand_OffersInstalledPlugins() =>
        Assert.Equal(
            "first-plugin:\nsecond-plugin:\n:files asked: 0\n",
            await RunAsync(
                "zsh",
                """
                asked=0
                compdef() { }
                _describe() { print -l -- "${(@P)2}" }
                _files() { asked=1 }
                source <("$KM" completion zsh)
                words=("$KM" plugins enable "") CURRENT=4
                _km
                print ":files asked: $asked"
                """
            )
        );

    private async Task<string> RunAsync(string shell, string script)
    {
        Directory.CreateDirectory(Path.Combine(_home, "plugins"));
        foreach (var name in new[] { "second-plugin", "first-plugin" })
            await File.WriteAllTextAsync(Path.Combine(_home, "plugins", name + ".kmpkg"), "", TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(shell) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.Environment["KM"] = Path.Combine(AppContext.BaseDirectory, "km");
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["KM_HOME"] = _home;
        start.Environment["HOME"] = _home;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{shell} is not installed");
            throw;
        }

        using (process)
        {
            process.StandardInput.Close();
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return output;
        }
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
