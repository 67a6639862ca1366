using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Kilometers.Processes.Unix;

/// <summary>
/// Reads a file of <c>/proc</c>. Such files are read every few seconds as long as a session lasts: by four system calls here, where
/// <see cref="File"/> makes eight, to ask for a size that they do not have and for a lock that nobody holds.
/// </summary>
internal static class ProcFile
{
    private const int FirstSize = 4096;

    /// <summary>Its lines. The kernel escapes line feeds in names, and nothing else that could be taken for the end of a line.</summary>
    /// <inheritdoc cref="Read"/>
    public static string[] ReadLines(string path) => Read(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The whole of it, as text.</summary>
    /// <exception cref="FileNotFoundException">There is no such file, or no such process any more.</exception>
    /// <exception cref="IOException">It may not be read, or the process ended meanwhile.</exception>
    public static unsafe string Read(string path)
    {
        var file = Libc.Open(path, Libc.OpenCloseOnExec, 0);
        if (file < 0)
            throw Failure(path);
        var buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
        try
        {
            for (var length = 0; ; )
            {
                nint count;
                fixed (byte* start = buffer)
                    count = Libc.Read(file, start + length, buffer.Length - length);
                if (count < 0)
                    throw Failure(path);
                if (count == 0)
                    return Encoding.UTF8.GetString(buffer, 0, length);
                length += (int)count;
                if (length == buffer.Length)
                    buffer = Larger(buffer);
            }
        }
        finally
        {
            _ = Libc.Close(file);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Larger(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static IOException Failure(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        var text = $"{path}: {Libc.ErrorText(error)}";
        return error == Libc.Enoent ? new FileNotFoundException(text, path) : new IOException(text);
    }
}
