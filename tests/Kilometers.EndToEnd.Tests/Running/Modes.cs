namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>Modes of files: these tests run where there are any.</summary>
internal static class Modes
{
    public const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Creates a directory of the user alone.</summary>
    public static string Folder(string path) =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : Directory.CreateDirectory(path, Mine).FullName;

    public static UnixFileMode Of(string path) =>
        OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : File.GetUnixFileMode(path);

    public static void Set(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException();
        File.SetUnixFileMode(path, mode);
    }
}
