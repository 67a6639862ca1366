using System.Security.Cryptography;

namespace Kilometers.Files;

/// <summary>A temporary file without a name, which nobody else can open and which ends with its stream.</summary>
public static class ScratchFile
{
    /// <summary>Makes one in the first temporary directory that takes it.</summary>
    /// <returns>The file, empty, open for reading and writing.</returns>
    /// <exception cref="IOException">None takes it; the message names each and why.</exception>
    public static FileStream Create() => Create(TemporaryFolders());

    internal static FileStream Create(IEnumerable<string> folders)
    {
        var failures = new List<string>();
        foreach (var folder in folders.Where(Path.IsPathFullyQualified).Distinct())
        {
            var path = Path.Combine(folder, "km-" + RandomNumberGenerator.GetHexString(16, lowercase: true));
            try
            {
                var file = PrivateFile.CreateNew(path, OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None);
                if (!OperatingSystem.IsWindows())
                    File.Delete(path);
                return file;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failures.Add($"{folder}: {e.Message}");
            }
        }

        throw new IOException($"No temporary file can be made. {string.Join(" ", failures)}");
    }

    /// <summary>Where temporary files may go, in order; not all need be there.</summary>
    public static IEnumerable<string> TemporaryFolders() =>
        OperatingSystem.IsWindows() ? [Path.GetTempPath()] : [Path.GetTempPath(), "/tmp", "/var/tmp"];
}
