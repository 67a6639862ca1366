using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Processes.Unix;

/// <summary>
/// Blocking reads and writes straight on a file descriptor. .NET's own streams throw on a descriptor that somebody set to
/// non-blocking (Node.js does that to the pipes it hands out), and hide what a closed reader means; this one waits and says so.
/// </summary>
public sealed class FileDescriptorStream : Stream
{
    private readonly SafeFileHandle _handle;
    private readonly bool _canRead;
    private bool _standard;

    /// <summary>Wraps a descriptor.</summary>
    /// <param name="handle">The descriptor; closed with the stream if it owns it.</param>
    /// <param name="access">Exactly one of Read and Write.</param>
    public FileDescriptorStream(SafeFileHandle handle, FileAccess access)
    {
        ArgumentNullException.ThrowIfNull(handle);
        if (access is not (FileAccess.Read or FileAccess.Write))
            throw new ArgumentOutOfRangeException(nameof(access), access, "exactly one of Read and Write");
        _handle = handle;
        _canRead = access == FileAccess.Read;
    }

    /// <inheritdoc/>
    public override bool CanRead => _canRead;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => !_canRead;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Wraps the process's own standard descriptor 0, 1 or 2.</summary>
    /// <param name="number">0 for reading; 1 or 2 for writing.</param>
    /// <returns>
    /// A stream whose disposal the other end sees as a close. The number itself stays taken (by <c>/dev/null</c>), so that no file
    /// opened later becomes somebody's standard output.
    /// </returns>
    public static FileDescriptorStream Standard(int number) =>
        new(new SafeFileHandle(number, ownsHandle: false), number == 0 ? FileAccess.Read : FileAccess.Write) { _standard = true };

    /// <summary>Whether the reader at the other end of a pipe or socket that we write to is gone, or we closed our end. False for files and terminals.</summary>
    public unsafe bool IsPeerGone()
    {
        var added = false;
        try
        {
            _handle.DangerousAddRef(ref added);
            var entry = new Libc.PollFd { Fd = (int)_handle.DangerousGetHandle(), Events = 0 };
            return Libc.Poll(&entry, 1, 0) > 0 && (entry.Revents & (Libc.PollErr | Libc.PollHangup)) != 0;
        }
        catch (ObjectDisposedException)
        {
            // Another thread has just closed it: for us nobody reads there any more.
            return true;
        }
        finally
        {
            if (added)
                _handle.DangerousRelease();
        }
    }

    /// <summary>Whether a read would return at once, with bytes or with the end.</summary>
    /// <param name="timeoutMilliseconds">How long to wait for that; 0 not at all.</param>
    public bool WaitReadable(int timeoutMilliseconds)
    {
        var added = false;
        try
        {
            _handle.DangerousAddRef(ref added);
            return Wait((int)_handle.DangerousGetHandle(), Libc.PollIn, timeoutMilliseconds);
        }
        finally
        {
            if (added)
                _handle.DangerousRelease();
        }
    }

    /// <inheritdoc/>
    public override unsafe int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        var added = false;
        try
        {
            _handle.DangerousAddRef(ref added);
            var fd = (int)_handle.DangerousGetHandle();
            fixed (byte* start = buffer)
            {
                while (true)
                {
                    var count = Libc.Read(fd, start, buffer.Length);
                    if (count >= 0)
                        return (int)count;
                    var errno = Marshal.GetLastPInvokeError();
                    if (errno == Libc.Eagain)
                        Wait(fd, Libc.PollIn, -1);
                    else if (errno != Libc.Eintr)
                        throw Failure("read", errno);
                }
            }
        }
        finally
        {
            if (added)
                _handle.DangerousRelease();
        }
    }

    /// <inheritdoc/>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        var added = false;
        try
        {
            _handle.DangerousAddRef(ref added);
            var fd = (int)_handle.DangerousGetHandle();
            fixed (byte* start = buffer)
            {
                var done = 0;
                while (done < buffer.Length)
                {
                    var count = Libc.Write(fd, start + done, buffer.Length - done);
                    if (count >= 0)
                    {
                        done += (int)count;
                        continue;
                    }

                    var errno = Marshal.GetLastPInvokeError();
                    if (errno == Libc.Eagain)
                        Wait(fd, Libc.PollOut, -1);
                    else if (errno != Libc.Eintr)
                        throw Failure("write", errno);
                }
            }
        }
        finally
        {
            if (added)
                _handle.DangerousRelease();
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _standard)
        {
            _standard = false;
            var number = (int)_handle.DangerousGetHandle();
            RuntimeDuplicates.Close(number);
            StandardStreams.Occupy(number);
        }

        if (disposing)
            _handle.Dispose();
        base.Dispose(disposing);
    }

    private static unsafe bool Wait(int fd, int events, int timeoutMilliseconds)
    {
        var entry = new Libc.PollFd { Fd = fd, Events = (short)events };
        return Libc.Poll(&entry, 1, timeoutMilliseconds) > 0;
    }

    private static IOException Failure(string call, int errno) => new($"{call}: {Libc.ErrorText(errno)}", errno);
}
