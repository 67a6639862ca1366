using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>Two messages for a server that sends back what it gets and ends with status 5, started by a shell with or without km.</summary>
internal static class EchoSession
{
    public const string Messages =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n";

    /// <summary>Where there is no PATH a program is found by its own.</summary>
    public const string Server = "/bin/sh -c 'while read -r line; do echo \"$line\"; done; exit 5'";

    /// <param name="script">What the shell runs.</param>
    /// <param name="workspace">Has the home.</param>
    /// <param name="isDone">What is waited for before the client ends the session; null: nothing.</param>
    public static async Task<(string Output, string Errors, int Status)> RunAsync(
        string script,
        Workspace workspace,
        Func<KmProcess, bool>? isDone = null
    )
    {
        var environment = new Dictionary<string, string> { ["HOME"] = workspace.Folder, ["KM_HOME"] = workspace.File("home") };
        await using var process = KmProcess.Start("bash", ["-c", script], environment);
        try
        {
            await process.Input.WriteAsync(Encoding.UTF8.GetBytes(Messages), TestContext.Current.CancellationToken);
            if (isDone is not null)
                await Wait.ForAsync(() => isDone(process) || !Processes.IsAlive(process.Id), () => $"a plugin or a word: {process.Errors}");
            process.CloseInput();
        }
        catch (IOException)
        {
            // Closed to it, or not read.
        }

        var output = await new StreamReader(process.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        var status = await process.ExitAsync();
        return (output, process.Errors, status);
    }
}
