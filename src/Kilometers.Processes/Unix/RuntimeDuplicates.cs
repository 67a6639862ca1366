using System.Globalization;

namespace Kilometers.Processes.Unix;

/// <summary>
/// CoreCLR duplicates descriptors 0, 1 and 2 when it starts and never closes the duplicates: the other end of a pipe would not see ours
/// close before the process ends. Native AOT, which is what we ship, does not.
/// </summary>
internal static class RuntimeDuplicates
{
    /// <param name="number">0, 1 or 2.</param>
    public static void Close(int number)
    {
        // Only Linux says which descriptors are the same pipe. A file or a terminal has no other end that would wait.
        if (
            Target(number) is not { } target
            || !(target.StartsWith("pipe:", StringComparison.Ordinal) || target.StartsWith("socket:", StringComparison.Ordinal))
        )
            return;
        try
        {
            foreach (var path in Directory.GetFiles("/proc/self/fd"))
            {
                if (
                    int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var other)
                    && other > 2
                    && Target(other) == target
                )
                    StandardStreams.Occupy(other);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No descriptor is free to read the folder with. The other end sees the close when the process ends.
        }
    }

    private static string? Target(int fd)
    {
        try
        {
            return new FileInfo($"/proc/self/fd/{fd.ToString(CultureInfo.InvariantCulture)}").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
