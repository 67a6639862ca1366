using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Files;
using Kilometers.PluginHost.Installation;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.PluginHost.Updates;

/// <summary>
/// The file of a km program and what an update puts beside it, on the same file system: <c>km.new</c>, <c>km.previous</c>. Every step leaves
/// a whole program under its name, so that a crash or a SIGKILL at any point does, too. Processes that run keep the file that they started
/// from. On Windows, where a running program cannot be overwritten, it is renamed aside first, and for a moment there is none (compiled,
/// not proven).
/// </summary>
internal sealed class KmProgram(string path)
{
    private const string LockName = ".km-update.lock";
    private const string StagingName = ".km-update-";

    /// <summary>The program.</summary>
    public string Path { get; } = path;

    /// <summary>The program that is to come.</summary>
    public string Fresh => Beside("new");

    /// <summary>The program before the last update.</summary>
    public string Previous => Beside("previous");

    private string Directory => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>The program of this process.</summary>
    /// <param name="processPath">Its file, as the system names it.</param>
    /// <exception cref="KmException"><c>KM_UPD_001</c>: it runs inside <c>dotnet</c>.</exception>
    public static KmProgram Own(string? processPath)
    {
        if (
            processPath is null
            || System.IO.Path.GetFileNameWithoutExtension(processPath).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
        )
            throw new KmException(
                new KmError(
                    ErrorCode.NotUpdatable,
                    "This km cannot update itself",
                    "It was built from source and runs as 'dotnet km-host.dll'; only a published km is one file that can be replaced.",
                    "Update the source, and build it again."
                )
            );
        var folder = System.IO.Path.GetDirectoryName(
            File.ResolveLinkTarget(processPath, returnFinalTarget: true)?.FullName ?? processPath
        )!;
        return new KmProgram(System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? "km.exe" : "km"));
    }

    /// <summary>Lets one km at a time replace the program, of any user. The end of the process releases it.</summary>
    /// <exception cref="KmException"><c>KM_UPD_002</c>: its directory cannot be written. <c>KM_UPD_003</c>: another km is at it.</exception>
    public SafeFileHandle Lock()
    {
        try
        {
            return PrivateFile.TryLock(System.IO.Path.Combine(Directory, LockName))
                ?? throw new KmException(
                    new KmError(ErrorCode.UpdateBusy, "Another km is updating this program", Path, "Wait for it, or end it.")
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var owner =
                PrivateFile.OwnerOf(Path) == 0
                    ? "It was installed for all users. Update it as an administrator: sudo km update; or with what installed it."
                    : "Run it as the owner of the program.";
            throw new KmException(new KmError(ErrorCode.ProgramNotWritable, $"{Path} cannot be replaced by you", e.Message, owner));
        }
    }

    /// <summary>An empty directory of the user alone for what is being verified.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public string CreateStaging()
    {
        var staging = System.IO.Path.Combine(Directory, StagingName + RandomNumberGenerator.GetHexString(16, lowercase: true));
        PrivateFile.CreateDirectory(staging);
        return staging;
    }

    /// <summary>Removes what a killed update left. Only for who holds the lock.</summary>
    public void CleanUp()
    {
        foreach (var staging in System.IO.Directory.EnumerateDirectories(Directory, StagingName + "*"))
            System.IO.Directory.Delete(staging, recursive: true);
        File.Delete(Fresh);
        File.Delete(Kept(Previous));
    }

    /// <summary>Puts a program of the version that is to come beside it; that of the present version has another name, and stays.</summary>
    /// <param name="file">The verified file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void PrepareBeside(string file)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, File.GetUnixFileMode(Path) | UnixFileMode.UserExecute);
        Flush(file);
        File.Move(file, System.IO.Path.Combine(Directory, System.IO.Path.GetFileName(file)), overwrite: true);
        PrivateFile.FlushDirectory(Directory);
    }

    /// <summary>Removes the programs of other versions: sessions that still run with one keep it until it ends.</summary>
    /// <param name="versions">Those of the programs in place.</param>
    public void KeepBeside(params IReadOnlyCollection<string> versions)
    {
        var kept = versions.SelectMany(version => KmRelease.ProgramsBeside(version, HostPolicy.Os)).ToHashSet(StringComparer.Ordinal);
        foreach (
            var program in KmRelease
                .ProgramsBeside("*", HostPolicy.Os)
                .SelectMany(pattern => System.IO.Directory.EnumerateFiles(Directory, pattern))
                .Where(program => !kept.Contains(System.IO.Path.GetFileName(program)))
        )
        {
            try
            {
                File.Delete(program);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It runs (Windows). The next update removes it.
            }
        }
    }

    /// <summary>Makes a verified file the program that is to come: as executable as the present one, and on disk.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Prepare(string file)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, File.GetUnixFileMode(Path) | UnixFileMode.UserExecute);
        Flush(file);
        File.Move(file, Fresh, overwrite: true);
        PrivateFile.FlushDirectory(Directory);
    }

    /// <summary>Puts the new program in place; the present one becomes the previous one.</summary>
    /// <exception cref="IOException">It cannot be done; the present one is in its place.</exception>
    public void Replace() => Put(Fresh, Previous);

    /// <summary>Takes <see cref="Replace"/> back.</summary>
    /// <exception cref="IOException">It cannot be done.</exception>
    public void TakeBack()
    {
        File.Move(Previous, Path, overwrite: true);
        PrivateFile.FlushDirectory(Directory);
    }

    /// <summary>Puts the previous program in place; the present one becomes the previous one.</summary>
    /// <exception cref="IOException">It cannot be done; the present one is in its place.</exception>
    public void Exchange()
    {
        Put(Previous, Fresh);
        File.Move(Fresh, Previous);
        PrivateFile.FlushDirectory(Directory);
    }

    private static string Kept(string at) => at + ".part";

    private static void Flush(string file)
    {
        using var written = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        written.Flush(flushToDisk: true);
    }

    private void Put(string next, string keepAt)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Move(Path, keepAt, overwrite: true);
            try
            {
                File.Move(next, Path);
            }
            catch (IOException)
            {
                File.Move(keepAt, Path);
                throw;
            }

            return;
        }

        // A copy, not a rename: the program's name always leads to a program.
        File.Copy(Path, Kept(keepAt), overwrite: true);
        Flush(Kept(keepAt));
        File.Move(Kept(keepAt), keepAt, overwrite: true);
        File.Move(next, Path, overwrite: true);
        PrivateFile.FlushDirectory(Directory);
    }

    private string Beside(string what) =>
        OperatingSystem.IsWindows() ? System.IO.Path.ChangeExtension(Path, what + ".exe") : $"{Path}.{what}";
}
