using System.Globalization;
using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>A client in a terminal: its server may ask the user there, and gets what the user's keys send, once.</summary>
public sealed class TerminalTests
{
    [Fact]
    public async Task A_server_can_ask_its_user_on_the_terminal()
    {
        await using var terminal = Terminal(
            $"{Monitor} sh -c 'printf \"word: \" >/dev/tty; read -r word </dev/tty; echo \"said $word\"' </dev/null | cat"
        );
        await SaysAsync(terminal, "word: ");
        await terminal.SendAsync("secret42");
        await SaysAsync(terminal, "said secret42");
        await terminal.ExitAsync();
    }

    [Fact]
    public async Task A_key_that_interrupts_reaches_the_server_once()
    {
        using var workspace = new Workspace();
        var pid = workspace.File("pid");
        var server = workspace.Script(
            "server",
            "n=0",
            "trap 'n=$((n+1)); echo interrupted >/dev/tty' INT",
            "trap 'echo \"$n times\" >/dev/tty' USR1",
            "trap 'exit 3' TERM",
            "echo ready >/dev/tty",
            "while :; do sleep 0.05; done"
        );

        // The client handles it, as those with a screen of their own do.
        await using var terminal = Terminal(
            $"trap : INT; sh -c 'echo $$ >{pid}; exec {Monitor} {server}' </dev/null >/dev/null; echo \"ended $?\""
        );
        await SaysAsync(terminal, "ready");
        var km = int.Parse(await File.ReadAllTextAsync(pid, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        await Wait.ForAsync(() => Processes.DescendantsOf(km).Any(IsWaitingWitness), "the witness");
        await terminal.Input.WriteAsync("\u0003"u8.ToArray(), TestContext.Current.CancellationToken);
        await terminal.Input.FlushAsync(TestContext.Current.CancellationToken);
        await SaysAsync(terminal, "interrupted");
        KmProcess.Send(km, (PosixSignalNumber)10);
        await SaysAsync(terminal, "1 times");

        // One that is sent to km alone is passed on.
        KmProcess.Send(km, PosixSignalNumber.Interrupt);
        await SaysAsync(terminal, "interrupted");
        KmProcess.Send(km, PosixSignalNumber.Terminate);
        await SaysAsync(terminal, "ended 3");
    }

    [Fact]
    public async Task Nothing_stays_behind_in_a_terminal_either()
    {
        using var traces = new Traces();
        await using var terminal = Terminal(
            $"{Monitor} sh -c 'sleep 1000 & setsid sleep 1000 & (setsid sleep 1000 &); echo ready >/dev/tty; exec sleep 1000' </dev/null >/dev/null; echo \"ended $?\"",
            traces.Environment
        );
        await SaysAsync(terminal, "ready");
        await traces.GuardianLooksAsync();
        var km = traces
            .Live()
            .Single(id =>
                File.ReadAllText($"/proc/{id}/cmdline").Contains("monitor\0--no-plugins", StringComparison.Ordinal)
                && !File.ReadAllText($"/proc/{id}/cmdline").Contains("-qec", StringComparison.Ordinal)
                && !File.ReadAllText($"/proc/{id}/cmdline").StartsWith("sh\0-c", StringComparison.Ordinal)
            );
        KmProcess.Send(km, PosixSignalNumber.Kill);
        await SaysAsync(terminal, "ended 137");
        await terminal.ExitAsync();
        await traces.AreGoneAsync();
    }

    private static bool IsWaitingWitness(int id)
    {
        try
        {
            // It has started when it waits for a question.
            return File.ReadAllText($"/proc/{id}/cmdline").Contains("__witness", StringComparison.Ordinal)
                && File.ReadAllText($"/proc/{id}/wchan").Contains("pipe", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Monitor => $"{Programs.Km} monitor --no-plugins --quiet --";

    private static KmProcess Terminal(string script, IReadOnlyDictionary<string, string>? environment = null) =>
        KmProcess.Start("script", ["-qec", script, "/dev/null"], environment);

    private static async Task SaysAsync(KmProcess terminal, string text)
    {
        var seen = new StringBuilder();
        var buffer = new byte[256];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await terminal.Output.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Wait.Limit);
            if (count == 0)
                throw new EndOfStreamException($"'{text}' did not come: {seen}");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
    }
}
