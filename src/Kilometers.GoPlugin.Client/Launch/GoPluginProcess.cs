using System.Globalization;
using Kilometers.GoPlugin.Client.Logs;
using Kilometers.Processes;

namespace Kilometers.GoPlugin.Client.Launch;

/// <summary>A plugin's process: its two pipes are always read, its end is always reported.</summary>
internal sealed class GoPluginProcess : IAsyncDisposable
{
    // The pipes end with the process and its group; this is for what escaped the group and still holds one.
    private static readonly TimeSpan PipesTimeout = TimeSpan.FromMilliseconds(500);
    private readonly ChildProcess _child;
    private readonly TimeProvider _time;
    private readonly ErrorPump _errors;

    private GoPluginProcess(ChildProcess child, GoPluginClientOptions options)
    {
        _child = child;
        _time = options.TimeProvider;
        _errors = new ErrorPump(child.StandardError, options.Log);
        Output = new OutputPump(child.StandardOutput, options.Output);
        Exited = ReportEndAsync(options.ProcessEnded);
    }

    public int Id => _child.Id;

    public Task<ExitStatus> Exited { get; }

    public OutputPump Output { get; }

    public IReadOnlyList<string> LastErrorLines => _errors.LastLines;

    /// <exception cref="ChildStartException">It could not be started.</exception>
    public static GoPluginProcess Start(GoPluginClientOptions options, string? clientCertificatePem)
    {
        string[] command = [.. options.Launcher, options.FileName, .. options.Arguments];
        var child = ChildProcess.Start(
            new ChildCommand
            {
                FileName = command[0],
                Arguments = command[1..],
                Environment = GoPluginEnvironment.Create(options, clientCertificatePem),
                NiceIncrement = options.NiceIncrement,
                Limits = options.Limits,
                EndGroupWithLeader = true,
            }
        );

        // A plugin reads nothing from its standard input: EOF is all it gets.
        child.StandardInput.Dispose();
        try
        {
            options.ProcessStarted?.Invoke(child.Id);
            var process = new GoPluginProcess(child, options);
            var id = child.Id.ToString(CultureInfo.InvariantCulture);
            process.Output.Start($"plugin {id} stdout");
            process._errors.Start($"plugin {id} stderr");
            return process;
        }
        catch (Exception e)
        {
            // Nobody knows of the child yet: who could not take note of it, or had no thread for its pipes, must not lose it.
            child.KillTree();
            child.Dispose();
            if (e is OutOfMemoryException or ThreadStartException)
                throw new ChildStartException(ChildStartFailure.NoResources, "no thread can be started");
            throw;
        }
    }

    public void Kill() => _child.KillTree();

    /// <summary>Waits until the process has ended.</summary>
    /// <returns>Whether it has, within the time.</returns>
    public async Task<bool> WaitForExitAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        try
        {
            await Exited.WaitAsync(timeout, _time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return Exited.IsCompleted;
        }
    }

    /// <summary>Waits until what an ended process has written is read, so that its last words are known.</summary>
    public async Task DrainAsync()
    {
        try
        {
            await Task.WhenAll(Output.Completed, _errors.Completed).WaitAsync(PipesTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Something that escaped the group holds the pipe; its threads end with it.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await WaitForExitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        await DrainAsync().ConfigureAwait(false);
        _child.Dispose();
    }

    private async Task<ExitStatus> ReportEndAsync(Action<int>? ended)
    {
        var status = await _child.Exited.ConfigureAwait(false);
        try
        {
            ended?.Invoke(_child.Id);
        }
        catch (Exception)
        {
            // The caller's trouble must not hide how the process ended; the option's documentation says so.
        }

        return status;
    }
}
