using System.Diagnostics;
using System.Text;

namespace Kilometers.Processes.Tests;

/// <summary>Short ways to start a child and to wait for things.</summary>
internal static class Child
{
    /// <summary>When to give up: far more than anything here takes, also on a busy machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static ChildProcess Shell(string script, params string[] arguments) =>
        ChildProcess.Start(new ChildCommand { FileName = "/bin/sh", Arguments = ["-c", script, .. arguments] });

    /// <summary>Starts it, reads all it says and waits for its end.</summary>
    public static async Task<(string Output, ExitStatus Status)> RunAsync(ChildCommand command)
    {
        using var child = ChildProcess.Start(command);
        child.StandardInput.Dispose();
        var output = await Task.Run(() => ReadToEnd(child.StandardOutput)).WaitAsync(Limit, TestContext.Current.CancellationToken);
        return (output, await EndAsync(child));
    }

    public static Task<ExitStatus> EndAsync(ChildProcess child) => child.Exited.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static string ReadToEnd(Stream stream) => new StreamReader(stream, Encoding.Latin1).ReadToEnd();

    /// <summary>The next line, without a byte more.</summary>
    public static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (int next; (next = stream.ReadByte()) is not (-1 or '\n'); )
            line.Append((char)next);
        return line.ToString();
    }

    public static async Task WaitForAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Limit)
                throw new TimeoutException($"waited {Limit.TotalSeconds} s for: {what}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
