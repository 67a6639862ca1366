using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>A real <c>km monitor</c>, as a client starts it: three pipes and a process.</summary>
internal sealed partial class KmProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Task _readingErrors;
    private readonly StreamReader _lines;

    private KmProcess(Process process)
    {
        _process = process;
        _readingErrors = Task.Run(ReadErrorsAsync);
        _lines = new StreamReader(process.StandardOutput.BaseStream, new UTF8Encoding(false), false, 1 << 16, leaveOpen: true);
    }

    public int Id => _process.Id;

    /// <summary>What the client writes.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>What the client reads, as bytes. Use this or <see cref="ReadLineAsync"/>, not both.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>All of standard error until now.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    /// <param name="options">Options of <c>km monitor</c>.</param>
    /// <param name="server">The server's command line.</param>
    /// <param name="environment">Variables to add.</param>
    public static KmProcess Monitor(
        IEnumerable<string> options,
        IEnumerable<string> server,
        IReadOnlyDictionary<string, string>? environment = null
    ) => Start(Programs.Km, ["monitor", .. options, .. Access(options), "--server", "--", .. server], environment);

    public static KmProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? directory = null
    )
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = directory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new KmProcess(Process.Start(start)!);
    }

    public async Task SendAsync(string line)
    {
        await Input.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
        await Input.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <returns>The next line of standard output; null at its end.</returns>
    public Task<string?> ReadLineAsync() => _lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Wait.Limit);

    /// <summary>Plugins of a workspace are scripts that start TestPlugin or a Go plugin, and write there what they saw: more than a plugin may by itself.</summary>
    public static IEnumerable<string> Access(IEnumerable<string> options) =>
        options
            .Where(option => option.StartsWith(Path.GetTempPath(), StringComparison.Ordinal))
            .SelectMany(option =>
                (string[])
                    [
                        Path.GetDirectoryName(option)!,
                        Path.GetDirectoryName(Programs.TestPlugin)!,
                        .. Programs.GoFolder is { } go ? [go] : Array.Empty<string>(),
                    ]
            )
            .Distinct()
            .SelectMany(folder => (string[])["--dev-access", folder]);

    /// <returns>The next line of standard output, which takes longer than others.</returns>
    public async Task<string> WaitForLineAsync(TimeSpan limit) =>
        await _lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(limit)
        ?? throw new EndOfStreamException($"the process ended: {Errors}");

    public void CloseInput() => _process.StandardInput.Close();

    public void CloseOutput() => _process.StandardOutput.Close();

    public void Signal(PosixSignalNumber signal) => Send(_process.Id, signal);

    public static void Send(int process, PosixSignalNumber signal)
    {
        const int NoSuchProcess = 3;

        // What is to be killed may have ended by itself just now: with the process above it, for one.
        if (Kill(process, (int)signal) != 0 && !(signal == PosixSignalNumber.Kill && Marshal.GetLastPInvokeError() == NoSuchProcess))
            throw new InvalidOperationException($"kill {signal}: {Marshal.GetLastPInvokeErrorMessage()}");

        // The system stops one thread after the other; until then the others still work.
        if (signal == PosixSignalNumber.Stop)
            SpinWait.SpinUntil(() => Processes.IsStopped(process), Wait.Limit);
    }

    /// <summary>Waits for the end; standard error is complete then.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        await _readingErrors.WaitAsync(Wait.Limit);
        return _process.ExitCode;
    }

    /// <summary>Closes the input, reads the rest of the output and waits for the end.</summary>
    public async Task<int> FinishAsync()
    {
        CloseInput();
        await Output.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        // Shown with a test that fails.
        TestContext.Current.TestOutputHelper?.WriteLine(Errors);
        _lines.Dispose();
        _process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        var buffer = new char[4096];
        int count;
        while ((count = await _process.StandardError.ReadAsync(buffer)) > 0)
        {
            lock (_errors)
                _errors.Append(buffer, 0, count);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}

/// <summary>Signals by their numbers on Linux.</summary>
internal enum PosixSignalNumber
{
    Hangup = 1,
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
