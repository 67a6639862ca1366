using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Guarding;

/// <summary>
/// A small process in our process group that tells whether a signal came to the whole group (Ctrl+C in a terminal, <c>kill -- -GROUP</c>)
/// or to us alone. A child that shares the group has got the first kind already, and must not get it twice. All signals are
/// blocked in the witness from its first instruction on, so what came to the group waits there until we ask.
/// </summary>
public sealed class GroupWitness : IDisposable
{
    private const int AnswerLimit = 1000;
    private readonly ChildProcess _process;
    private readonly Lock _asking = new();
    private bool _isSilent;

    private GroupWitness(ChildProcess process) => _process = process;

    /// <summary>Starts the witness.</summary>
    /// <param name="self">This very program, in the mode that calls <see cref="Serve"/>.</param>
    /// <exception cref="ChildStartException">The program could not be started.</exception>
    public static GroupWitness Start(ChildCommand self)
    {
        ArgumentNullException.ThrowIfNull(self);
        var blocked = ForwardedSignals.All.Append(ForwardedSignals.Stop).Append(TerminalRead).Append(TerminalWrite).Distinct();
        return new(ChildProcess.Start(self with { SharesGroup = true, BlockedSignals = [.. blocked] }));
    }

    private static int TerminalRead => 21;

    private static int TerminalWrite => 22;

    /// <summary>Whether the whole group got the signal. Asked once for each that we received; false where the witness is gone.</summary>
    /// <param name="signal">The signal's number.</param>
    public bool HasSeen(int signal)
    {
        lock (_asking)
        {
            if (_isSilent)
                return false;
            try
            {
                _process.StandardInput.WriteByte((byte)signal);
                if (_process.StandardOutput is FileDescriptorStream answer && answer.WaitReadable(AnswerLimit))
                    return answer.ReadByte() == 1;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // It was killed.
            }

            // An answer that comes later would be taken for that to the next question.
            _isSilent = true;
            return false;
        }
    }

    /// <summary>Ends the witness.</summary>
    public void Dispose() => _process.Dispose();

    /// <summary>The witness itself: answers each byte with 1 if the signal of that number was waiting, else with 0, until the input ends.</summary>
    public static unsafe void Serve()
    {
        using var input = FileDescriptorStream.Standard(0);
        using var output = FileDescriptorStream.Standard(1);
        var set = stackalloc byte[512];
        var info = stackalloc byte[512];
        var noTime = stackalloc nint[2];
        (noTime[0], noTime[1]) = (0, 0);
        try
        {
            while (input.ReadByte() is var signal and >= 0)
            {
                _ = Libc.SignalSetEmpty(set);
                _ = Libc.SignalSetAdd(set, signal);
                output.WriteByte(Libc.SignalTimedWait(set, info, noTime) == signal ? (byte)1 : (byte)0);
            }
        }
        catch (IOException)
        {
            // Nobody asks any more.
        }
    }
}
