using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TestMcpServer;

/// <summary>Modes about the life and death of a process: signals, children, closed streams.</summary>
internal static class ProcessModes
{
    private static readonly (PosixSignal Signal, string Name)[] Signals =
    [
        (PosixSignal.SIGTERM, "SIGTERM"),
        (PosixSignal.SIGINT, "SIGINT"),
        (PosixSignal.SIGHUP, "SIGHUP"),
        (PosixSignal.SIGQUIT, "SIGQUIT"),
    ];

    public static int Stubborn(Stream input, OutputLines output, bool ignoresEnd, bool ignoresSignals)
    {
        var registrations = ignoresSignals ? Register(_ => true) : [];
        JsonRpcMode.Run(input, output);
        if (ignoresEnd)
            Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive(registrations);
        return 0;
    }

    public static int CloseStdoutFirst(Stream input, OutputLines output)
    {
        foreach (var line in InputLines.Read(input))
        {
            output.Write([.. line, (byte)'\n']);
            break;
        }
        CloseStdout(output);
        input.CopyTo(Stream.Null);
        return 3;
    }

    public static int WriteStderr(Stream input, OutputLines output, int count)
    {
        using (var error = new BufferedStream(Console.OpenStandardError(), 64 * 1024))
        {
            for (var i = 0; i < count; i++)
                error.Write(Encoding.ASCII.GetBytes($"stderr line {i}\n"));
        }
        return JsonRpcMode.Run(input, output);
    }

    public static int ReportSignals(Stream input, string file, bool stays)
    {
        using var ended = new ManualResetEventSlim();
        using var report = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        void Say(string line)
        {
            lock (ended)
                report.Write(Encoding.ASCII.GetBytes(line + "\n"));
        }

        var registrations = Register(name =>
        {
            Say(name);
            if (name == "SIGTERM" && !stays)
                ended.Set();
            return true;
        });
        new Thread(() =>
        {
            input.CopyTo(Stream.Null);
            Say("EOF");
        })
        {
            IsBackground = true,
        }.Start();
        Say("ready");
        ended.Wait();
        GC.KeepAlive(registrations);
        return 0;
    }

    public static int StartGrandchildren(Stream input, OutputLines output, string file, bool keepsStdout)
    {
        // Each sleeper says its own pid before it becomes sleep; the file appears whole.
        var part = file + ".part";
        var sleeper = $"sh -c 'echo $$ >>\"$0\"; exec sleep 1000' \"$0\" {(keepsStdout ? "" : ">/dev/null 2>&1")} </dev/null";
        var start = new ProcessStartInfo("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{sleeper} & setsid {sleeper} & (setsid {sleeper} &) ; wait");
        start.ArgumentList.Add(part);
        var shell = Process.Start(start);
        while (!File.Exists(part) || File.ReadAllLines(part).Length < 3)
            Thread.Sleep(5);
        File.Move(part, file);
        var status = JsonRpcMode.Run(input, output);
        GC.KeepAlive(shell);
        return status;
    }

    private static PosixSignalRegistration[] Register(Func<string, bool> handle) =>
        [.. Signals.Select(each => PosixSignalRegistration.Create(each.Signal, context => context.Cancel = handle(each.Name)))];

    // The runtime keeps duplicates of the descriptor: every one that leads to the same pipe has to go.
    private static void CloseStdout(OutputLines output)
    {
        output.Dispose();
        static string? Target(string descriptor) => new FileInfo(descriptor).LinkTarget;
        var stdout = Target("/proc/self/fd/1");
        foreach (var descriptor in Directory.GetFiles("/proc/self/fd").Where(each => Target(each) == stdout))
            new SafeFileHandle(int.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture), ownsHandle: true).Dispose();
    }
}
