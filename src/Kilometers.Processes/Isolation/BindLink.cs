using System.Text;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// The launcher's half of <see cref="BindSupervisor"/>. Connected before the first restriction, used after the last; closed when the
/// program is executed.
/// </summary>
internal sealed unsafe class BindLink
{
    private const int UnixFamily = 1;
    private const int StreamType = 1;
    private const int CloseOnExec = 0x80000;
    private const int MaxPath = 107;
    private readonly int _socket;

    /// <param name="path">Where the host waits.</param>
    /// <exception cref="SandboxException">Nobody waits there.</exception>
    public BindLink(string path)
    {
        Span<byte> address = [UnixFamily, 0, .. Encoding.UTF8.GetBytes(path), 0];
        if (address.Length > MaxPath + 3)
            throw new SandboxException("bind", "the path is too long for a socket");
        _socket = LinuxCalls.Socket(UnixFamily, StreamType | CloseOnExec, 0);
        fixed (byte* first = address)
        {
            if (_socket < 0 || LinuxCalls.Connect(_socket, first, (uint)address.Length) != 0)
                throw new SandboxException("bind", LinuxCalls.LastErrorText());
        }
    }

    /// <summary>Hands over the descriptor on which the kernel asks, and waits until the host has it.</summary>
    /// <param name="listener">The descriptor.</param>
    /// <exception cref="SandboxException">The host did not take it.</exception>
    public void HandOver(int listener)
    {
        byte taken = 0;
        if (Libc.Write(_socket, (byte*)&listener, sizeof(int)) != sizeof(int) || Libc.Read(_socket, &taken, 1) != 1)
            throw new SandboxException("bind", "km does not supervise it");
    }
}
