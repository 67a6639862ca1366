using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;

namespace Kilometers.Processes.Windows;

/// <summary>A child in a Job Object. Compiled, not proven: no test of ours has run on Windows.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsChildProcess : ChildProcess
{
    private const int FileNotFound = 2;
    private const int PathNotFound = 3;
    private const int AccessDenied = 5;
    private const int BadFormat = 193;
    private readonly Process _process;
    private readonly JobObject _job;

    private WindowsChildProcess(Process process, JobObject job)
    {
        _process = process;
        _job = job;
        Exited = AwaitExit();
    }

    public override int Id => _process.Id;

    public override Stream StandardInput => _process.StandardInput.BaseStream;

    public override Stream StandardOutput => _process.StandardOutput.BaseStream;

    public override Stream StandardError => _process.StandardError.BaseStream;

    public override Task<ExitStatus> Exited { get; }

    public static WindowsChildProcess StartChild(ChildCommand command)
    {
        var start = new ProcessStartInfo(command.FileName)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in command.Arguments)
            start.ArgumentList.Add(argument);
        if (command.Environment is { } environment)
        {
            start.Environment.Clear();
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
        }

        JobObject? job = null;
        try
        {
            job = new JobObject(command.Limits);
            var process = Process.Start(start) ?? throw new ChildStartException(ChildStartFailure.Other, "no process was started");
            job.Assign(process.SafeHandle);
            if (command.NiceIncrement > 0)
                process.PriorityClass = ProcessPriorityClass.BelowNormal;
            return new WindowsChildProcess(process, job);
        }
        catch (Win32Exception e)
        {
            job?.Dispose();
            var failure = e.NativeErrorCode switch
            {
                FileNotFound or PathNotFound => ChildStartFailure.NotFound,
                AccessDenied or BadFormat => ChildStartFailure.NotExecutable,
                _ => ChildStartFailure.Other,
            };
            throw new ChildStartException(failure, e.Message);
        }
    }

    public override void Signal(ChildSignal signal) => _job.Terminate();

    public override void SignalProcess(int signal) { }

    public override void KillTree() => _job.Terminate();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _process.Dispose();
        _job.Dispose();
    }

    private async Task<ExitStatus> AwaitExit()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        return new ExitStatus(_process.ExitCode, null);
    }
}
