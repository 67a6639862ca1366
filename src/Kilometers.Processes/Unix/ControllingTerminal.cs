namespace Kilometers.Processes.Unix;

/// <summary>The terminal of this process's session.</summary>
public static class ControllingTerminal
{
    /// <summary>Whether there is one: programs ask their user there (<c>/dev/tty</c>) for passwords, whatever their streams are.</summary>
    public static bool Exists()
    {
        if (OperatingSystem.IsWindows())
            return false;
        const int ReadAndWrite = 2;
        var noControl = OperatingSystem.IsLinux() ? 0x100 : 0x20000;
        var fd = Libc.Open("/dev/tty", ReadAndWrite | noControl | Libc.OpenCloseOnExec, 0);
        if (fd < 0)
            return false;
        _ = Libc.Close(fd);
        return true;
    }
}
