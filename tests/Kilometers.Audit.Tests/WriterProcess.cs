using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Kilometers.Audit.Tests;

/// <summary>A running TestAuditWriter and what it has acknowledged.</summary>
internal sealed class WriterProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly Process _process;
    private readonly Task _output;
    private readonly Task<string> _errors;
    private readonly ConcurrentQueue<string> _acknowledged = new();

    public WriterProcess(string program, params IEnumerable<string> arguments)
    {
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _errors = _process.StandardError.ReadToEndAsync();
        _output = Task.Run(() =>
        {
            while (_process.StandardOutput.ReadLine() is { } line)
                _acknowledged.Enqueue(line);
        });
    }

    /// <summary>Where the program was built: beside these tests.</summary>
    public static string Program { get; } = Find();

    public IReadOnlyCollection<string> Acknowledged => _acknowledged;

    public static WriterProcess Start(string mode, string directory, string name, int count) =>
        new(Program, mode, directory, name, count.ToString(CultureInfo.InvariantCulture));

    public async Task WaitForAcknowledgedAsync(int count)
    {
        var watch = Stopwatch.StartNew();
        while (_acknowledged.Count < count)
        {
            if (watch.Elapsed > Limit || _output.IsCompleted)
                Assert.Fail($"{_acknowledged.Count} of {count} records: {(_errors.IsCompleted ? await _errors : "no end")}");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for its end, and for all that it said.</summary>
    public async Task<(int Status, string Errors)> EndAsync()
    {
        await _output.WaitAsync(Limit, TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        return (_process.ExitCode, await _errors);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static string Find()
    {
        // …/tests/Kilometers.Audit.Tests/bin/CONFIGURATION/net10.0/
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var tests = framework.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(tests, "TestAuditWriter", "bin", framework.Parent.Name, framework.Name, "TestAuditWriter");
    }
}
