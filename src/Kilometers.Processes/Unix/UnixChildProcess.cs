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
    private readonly bool _endGroupWithLeader;
    private bool _reaped;

    private UnixChildProcess(int id, bool endGroupWithLeader, Stream input, Stream output, Stream error)
    {
        Id = id;
        _endGroupWithLeader = endGroupWithLeader;
        StandardInput = input;
        StandardOutput = output;
        StandardError = error;
    }

    public override int Id { get; }

    public override Stream StandardInput { get; }

    public override Stream StandardOutput { get; }

    public override Stream StandardError { get; }

    public override Task<ExitStatus> Exited => _exited.Task;

    public static UnixChildProcess StartChild(ChildCommand command)
    {
        using var input = Pipe.Create();
        using var output = Pipe.Create();
        using var error = Pipe.Create();

        int id;
        lock (OwnChildren.Gate)
        {
            id = Spawner.Spawn(command, input.Read, output.Write, error.Write);
            OwnChildren.Add(id);
        }

        if (command.NiceIncrement > 0)
            _ = Libc.SetPriority(0, id, Math.Min(19, Libc.GetPriority(0, 0) + command.NiceIncrement));

        var child = new UnixChildProcess(
            id,
            command.EndGroupWithLeader,
            new FileDescriptorStream(input.TakeWrite(), FileAccess.Write),
            new FileDescriptorStream(output.TakeRead(), FileAccess.Read),
            new FileDescriptorStream(error.TakeRead(), FileAccess.Read));
        new Thread(child.AwaitExit, 128 * 1024) { IsBackground = true, Name = $"wait {id}" }.Start();
        return child;
    }

    public override void Signal(ChildSignal signal)
    {
        // The lock keeps the id from being reused between the check and the call.
        lock (_reaping)
        {
            if (!_reaped) _ = Libc.Kill(-Id, (int)signal);
        }
    }

    public override void KillTree()
    {
        lock (_reaping)
        {
            if (_reaped) return;

            // Stopped first: a leader that saw its children die would go on, start new ones, or end with a status of its own.
            _ = Libc.Kill(-Id, Libc.Sigstop);
            ProcessTable.KillDescendants(Id);
            _ = Libc.Kill(-Id, (int)ChildSignal.Kill);
        }
    }

    private unsafe void AwaitExit()
    {
        var info = stackalloc byte[128];
        while (Libc.WaitId(IdTypePid, Id, info, WaitExited | WaitNoReap) != 0 && Marshal.GetLastPInvokeError() == Libc.Eintr)
        {
        }

        var status = 0;
        lock (_reaping)
        {
            // As long as the leader is not reaped its id cannot be reused, so this reaches its group and nobody else's.
            if (_endGroupWithLeader) _ = Libc.Kill(-Id, (int)ChildSignal.Kill);
            while (Libc.WaitPid(Id, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Libc.Eintr)
            {
            }

            _reaped = true;
            OwnChildren.Remove(Id);
        }

        Guarding.Subreaper.ReapOrphans();

        var signal = status & 0x7f;
        _exited.TrySetResult(signal == 0 ? new ExitStatus((status >> 8) & 0xff, null) : new ExitStatus(0, signal));
    }
}
