using System.Runtime.InteropServices;

namespace Kilometers.Processes.Unix;

/// <summary>
/// The width of the terminal behind a descriptor. <c>Console.WindowWidth</c> answers for standard output, and sets up the terminal for km
/// itself, which must not happen while a server has it.
/// </summary>
public static partial class TerminalSize
{
    private const nuint LinuxRequest = 0x5413;

    /// <param name="descriptor">The descriptor.</param>
    /// <returns>1 or more; null where it is not a terminal, or its size is not known.</returns>
    public static unsafe int? Columns(int descriptor)
    {
        // Elsewhere ioctl takes its last argument another way, or has another number.
        if (!OperatingSystem.IsLinux())
            return null;
        Size size = default;
        return Ioctl(descriptor, LinuxRequest, &size) == 0 && size.Columns > 0 ? size.Columns : null;
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static unsafe partial int Ioctl(int descriptor, nuint request, Size* size);

    [StructLayout(LayoutKind.Sequential)]
    private struct Size
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }
}
