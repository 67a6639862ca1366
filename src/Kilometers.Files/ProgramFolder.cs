namespace Kilometers.Files;

/// <summary>Whether programs can be put into a directory and started from there: found out by trying, not by its name or its mode.</summary>
public static class ProgramFolder
{
    /// <summary>Room below which a directory is only taken if no other has more, in bytes: a plugin with its runtime takes 10 to 40 MB.</summary>
    private const long WantedRoom = 64L << 20;

    /// <summary>Tries it with a file of its own, which is gone afterwards.</summary>
    /// <param name="folder">A directory of this user alone.</param>
    /// <returns>Why it cannot be used; null if it can.</returns>
    public static string? WhyUnusable(string folder)
    {
        if (OperatingSystem.IsWindows())
            return null;
        var probe = Path.Combine(folder, "probe");
        try
        {
            using (var file = PrivateFile.CreateNew(probe))
                file.Write(new byte[64 << 10]);
            File.SetUnixFileMode(probe, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

            // The kernel's own answer to "may I execute this file": no where the file system is mounted noexec.
            return Libc.Access(probe, Libc.MayExecute) == 0 ? null : "programs cannot be started from it: it is mounted noexec";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
        finally
        {
            try
            {
                File.Delete(probe);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It goes with its directory.
            }
        }
    }

    /// <summary>Whether there is room for more than one small program.</summary>
    /// <param name="folder">An existing directory.</param>
    public static bool HasRoom(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace >= WantedRoom;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It cannot be told; what is written there will tell.
            return true;
        }
    }
}
