using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Processes.Unix;

/// <summary>A close-on-exec pipe; the ends that nobody took are closed with it.</summary>
internal sealed class Pipe : IDisposable
{
    private const int CloseOnExecLinux = 0x80000;
    private const int SetPipeSizeLinux = 1031;
    private const int Capacity = 1024 * 1024;
    private SafeFileHandle _read;
    private SafeFileHandle _write;

    private Pipe(SafeFileHandle read, SafeFileHandle write)
    {
        _read = read;
        _write = write;
    }

    public int Read => (int)_read.DangerousGetHandle();

    public int Write => (int)_write.DangerousGetHandle();

    public static unsafe Pipe Create()
    {
        var fds = stackalloc int[2];
        var result = OperatingSystem.IsLinux() ? Libc.Pipe2(fds, CloseOnExecLinux) : Libc.Pipe(fds);
        if (result != 0)
            throw new ChildStartException(ChildStartFailure.NoResources, $"pipe: {Libc.ErrorText(Marshal.GetLastPInvokeError())}");
        fds[0] = AboveStandard(fds[0]);
        fds[1] = AboveStandard(fds[1]);
        if (OperatingSystem.IsLinux())
        {
            // A larger pipe means fewer switches between the two processes; a refusal (user limit) costs only speed.
            _ = Libc.Fcntl(fds[0], SetPipeSizeLinux, Capacity);
        }
        else
        {
            _ = Libc.Fcntl(fds[0], Libc.SetDescriptorFlags, 1);
            _ = Libc.Fcntl(fds[1], Libc.SetDescriptorFlags, 1);
        }

        return new Pipe(new SafeFileHandle(fds[0], true), new SafeFileHandle(fds[1], true));
    }

    public SafeFileHandle TakeRead() => Take(ref _read);

    public SafeFileHandle TakeWrite() => Take(ref _write);

    public void Dispose()
    {
        _read.Dispose();
        _write.Dispose();
    }

    private static SafeFileHandle Take(ref SafeFileHandle end)
    {
        var taken = end;
        end = new SafeFileHandle(-1, false);
        return taken;
    }

    /// <summary>A process started with closed standard streams gets 0 to 2 from pipe(); as source and target of dup2 they would collide.</summary>
    internal static int AboveStandard(int fd)
    {
        if (fd > 2)
            return fd;

        // F_DUPFD_CLOEXEC.
        var moved = Libc.Fcntl(fd, OperatingSystem.IsLinux() ? 1030 : 67, 3);
        _ = Libc.Close(fd);
        return moved;
    }
}
