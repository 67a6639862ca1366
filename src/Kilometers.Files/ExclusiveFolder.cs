using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Kilometers.Files;

/// <summary>A directory as a lock among programs: one of them makes it, and the others see that it is there.</summary>
public static class ExclusiveFolder
{
    /// <summary>Creates a directory for the user alone, unless something has its name: one process of several succeeds.</summary>
    /// <param name="path">The directory; the one above it is there.</param>
    /// <returns>False if something is there already.</returns>
    /// <exception cref="IOException">It cannot be made for another reason.</exception>
    public static bool TryCreate(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            if (Libc.MakeDirectory(path, Libc.OwnerOnly) == 0)
                return true;
            var error = Marshal.GetLastPInvokeError();
            return error == Libc.Eexist ? false : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        // There a directory is not renamed to a name that is taken.
        var own = $"{path}.new-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        Directory.CreateDirectory(own);
        try
        {
            Directory.Move(own, path);
            return true;
        }
        catch (IOException) when (Path.Exists(path))
        {
            Directory.Delete(own);
            return false;
        }
    }
}
