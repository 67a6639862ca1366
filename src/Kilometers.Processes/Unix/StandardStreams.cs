namespace Kilometers.Processes.Unix;

/// <summary>
/// Which of the descriptors 0, 1 and 2 this process was started without (daemons, cron, some desktop launchers). Whatever is opened
/// next would take the free number, and then be read as a client's input or written to as a client's output.
/// </summary>
public static class StandardStreams
{
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;
    private static readonly bool[] WereClosed = new bool[3];

    /// <summary>Opened once: later there may be no free descriptor.</summary>
    private static readonly Lazy<int> Nothing = new(OpenNothing);

    /// <summary>Fills the free numbers. Call this first in the program, before anything opens a file.</summary>
    public static void Fill()
    {
        if (OperatingSystem.IsWindows())
            return;
        for (var number = 0; number < WereClosed.Length; number++)
        {
            // What the process inherited cannot be close-on-exec: then the runtime itself opened something before us.
            var flags = Libc.Fcntl(number, GetDescriptorFlags, 0);
            if (flags >= 0 && (flags & CloseOnExec) == 0)
                continue;
            WereClosed[number] = true;
            if (flags < 0)
                Occupy(number);
        }

        _ = Nothing.Value;
    }

    /// <summary>Whether the process was started with this stream closed. Then nothing may be read from it or written to it.</summary>
    /// <param name="number">0, 1 or 2.</param>
    public static bool WasClosed(int number) => WereClosed[number];

    /// <summary>A descriptor that leads nowhere; negative if there is none.</summary>
    internal static int NothingDescriptor => Nothing.Value;

    /// <summary>Makes the number lead nowhere. The descriptor is close-on-exec: to a child the stream is closed, as it was to us.</summary>
    internal static void Occupy(int number)
    {
        if (OperatingSystem.IsLinux())
            _ = Libc.Dup3(Nothing.Value, number, Libc.OpenCloseOnExec);
        else if (Libc.Dup2(Nothing.Value, number) == number)
            _ = Libc.Fcntl(number, Libc.SetDescriptorFlags, CloseOnExec);
    }

    /// <summary>A descriptor above 2 without a file behind it; negative if there is none.</summary>
    private static int OpenNothing()
    {
        const int ReadAndWrite = 2;
        var fd = Libc.Open("/dev/null", ReadAndWrite | Libc.OpenCloseOnExec, 0);

        // No /dev here: this names a folder and can be neither read nor written.
        const int NameOnly = 0x200000;
        if (fd < 0 && OperatingSystem.IsLinux())
            fd = Libc.Open("/", NameOnly | Libc.OpenCloseOnExec, 0);
        return fd is >= 0 and <= 2 ? Pipe.AboveStandard(fd) : fd;
    }
}
