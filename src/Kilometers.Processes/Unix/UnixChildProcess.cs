using System.Runtime.InteropServices;

namespace Kilometers.Processes.Unix;

/// <summary>
/// A child made with <c>posix_spawn</c>: one call, its own process group, an exact errno when the program cannot be executed, and no
/// managed code between fork and exec. One thread per child waits for it, so that no other child of the process is ever reaped by us.
/// </summary>
internal sealed class UnixChildProcess : ChildProcess
{
    private const int WaitExited = 4;
    private const int WaitNoReap = 0x01000000;
    private const int IdTypePid = 1;
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _reaping = new();
    private readonly ManualResetEventSlim _spawned = new();
    private readonly bool _endGroupWithLeader;
    private readonly bool _sharesGroup;
    private int _id;
    private bool _reaped;

    private UnixChildProcess(ChildCommand command, Stream input, Stream output, Stream error)
    {
        _endGroupWithLeader = command.EndGroupWithLeader;
        _sharesGroup = command.SharesGroup;
        StandardInput = input;
        StandardOutput = output;
        StandardError = error;
    }

    public override int Id => _id;

    /// <summary>What reaches the child with its group; the child alone if the group is ours.</summary>
    private int Target => _sharesGroup ? _id : -_id;

    private static int Group => ProcessTable.Find(Environment.ProcessId)?.Group ?? 0;

    public override Stream StandardInput { get; }

    public override Stream StandardOutput { get; }

    public override Stream StandardError { get; }

    public override Task<ExitStatus> Exited => _exited.Task;

    public static UnixChildProcess StartChild(ChildCommand command)
    {
        using var input = Pipe.Create();
        using var output = Pipe.Create();
        using var error = Pipe.Create();
        var closed = command.ClosedStreams;
        var child = new UnixChildProcess(
            command,
            closed.HasFlag(ChildStreams.Input) ? Stream.Null : new FileDescriptorStream(input.TakeWrite(), FileAccess.Write),
            closed.HasFlag(ChildStreams.Output) ? Stream.Null : new FileDescriptorStream(output.TakeRead(), FileAccess.Read),
            closed.HasFlag(ChildStreams.Error) ? Stream.Null : new FileDescriptorStream(error.TakeRead(), FileAccess.Read)
        );
        try
        {
            // Before the child: where no thread can be had there must not be a child that nobody waits for.
            new Thread(child.AwaitExit, 128 * 1024) { IsBackground = true, Name = "wait for a child" }.Start();
            lock (OwnChildren.Gate)
            {
                child._id = Spawner.Spawn(command, input.Read, output.Write, error.Write);
                OwnChildren.Add(child._id, isAwaited: true);
            }
        }
        catch (Exception e)
        {
            child.Dispose();
            if (e is OutOfMemoryException or ThreadStartException)
                throw new ChildStartException(ChildStartFailure.NoResources, "no thread can be started");
            throw;
        }
        finally
        {
            child._spawned.Set();
        }

        if (command.NiceIncrement > 0)
            _ = Libc.SetPriority(0, child._id, Math.Min(19, Libc.GetPriority(0, 0) + command.NiceIncrement));
        return child;
    }

    public override void Signal(ChildSignal signal)
    {
        // The lock keeps the id from being reused between the check and the call.
        lock (_reaping)
        {
            if (_reaped)
                return;
            _ = Libc.Kill(Target, (int)signal);
            if (_sharesGroup)
                ProcessTable.SignalDescendants(_id, Group, (int)signal);
        }
    }

    public override void SignalProcess(int signal)
    {
        lock (_reaping)
        {
            if (!_reaped)
                _ = Libc.Kill(_id, signal);
        }
    }

    public override void KillTree()
    {
        lock (_reaping)
        {
            if (_reaped)
                return;

            // Stopped first: a leader that saw its children die would go on, start new ones, or end with a status of its own.
            _ = Libc.Kill(Target, Libc.Sigstop);
            ProcessTable.KillDescendants(Id);
            _ = Libc.Kill(Target, (int)ChildSignal.Kill);
        }
    }

    private unsafe void AwaitExit()
    {
        _spawned.Wait();
        if (_id == 0)
            return;
        var info = stackalloc byte[128];
        while (Libc.WaitId(IdTypePid, Id, info, WaitExited | WaitNoReap) != 0 && Marshal.GetLastPInvokeError() == Libc.Eintr) { }

        var status = 0;
        lock (_reaping)
        {
            // As long as the leader is not reaped its id cannot be reused, so this reaches its group and nobody else's.
            if (_endGroupWithLeader && !_sharesGroup)
                _ = Libc.Kill(-Id, (int)ChildSignal.Kill);
            while (Libc.WaitPid(Id, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Libc.Eintr) { }

            _reaped = true;
            OwnChildren.Remove(Id);
        }

        var signal = status & 0x7f;
        _exited.TrySetResult(signal == 0 ? new ExitStatus((status >> 8) & 0xff, null) : new ExitStatus(0, signal));
    }
}
