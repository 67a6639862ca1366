using System.Security.Cryptography;
using Kilometers.Contracts;

namespace Kilometers.Packager.Scaffolding;

/// <summary>Writes a new project: all of it or, whatever goes wrong, nothing.</summary>
internal static class ProjectWriter
{
    /// <summary>Writes the files beside the place where they belong, then moves them there.</summary>
    /// <param name="folder">The project's folder; must be empty or not there.</param>
    /// <param name="files">The files.</param>
    /// <exception cref="KmException">The folder is not empty, or cannot be written; nothing is left of what was begun.</exception>
    public static void Write(string folder, IReadOnlyList<ProjectFile> files)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var moved = new List<string>();
        var made = new List<string>();
        string? staging = null;
        try
        {
            var exists = Directory.Exists(target);
            if (File.Exists(target) || (exists && Directory.EnumerateFileSystemEntries(target).Any()))
                throw NotEmpty(folder);

            // An empty folder may be the root of a file system, or one that its parent does not let us replace: then its content is moved.
            var name = ".kmpkg-new-" + RandomNumberGenerator.GetHexString(8, lowercase: true);
            if (!exists)
                MakeParents(target, made);
            staging = exists ? Path.Combine(target, name) : Path.Combine(Path.GetDirectoryName(target)!, name);
            foreach (var file in files)
                Write(Path.Combine(staging, file.Path), file);
            if (exists)
                MoveContent(staging, target, moved);
            else
                Directory.Move(staging, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            foreach (var path in moved)
                Delete(path);
            if (staging is not null)
                Delete(staging);
            foreach (var parent in made)
                DeleteEmpty(parent);
            throw new KmException(
                new KmError(
                    ErrorCode.ProjectNotWritten,
                    $"The project cannot be written to {folder}",
                    e.Message,
                    "Nothing was written. Check permissions and disk space, or name another folder with --output."
                )
            );
        }
    }

    private static void Write(string path, ProjectFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, file.Content);
        if (!file.IsExecutable || OperatingSystem.IsWindows())
            return;

        // Executable for everybody who may read it.
        var mode = File.GetUnixFileMode(path);
        File.SetUnixFileMode(
            path,
            mode | (UnixFileMode)((int)(mode & (UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)) >> 2)
        );
    }

    /// <param name="target">The folder whose parents are needed.</param>
    /// <param name="made">Gets those that were not there, the deepest first.</param>
    private static void MakeParents(string target, List<string> made)
    {
        for (
            var parent = Path.GetDirectoryName(target);
            parent is not null && !Directory.Exists(parent);
            parent = Path.GetDirectoryName(parent)
        )
            made.Add(parent);
        Directory.CreateDirectory(Path.GetDirectoryName(target) ?? target);
    }

    private static void MoveContent(string from, string to, List<string> moved)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(from).ToList())
        {
            var path = Path.Combine(to, Path.GetFileName(entry));
            if (Directory.Exists(entry))
                Directory.Move(entry, path);
            else
                File.Move(entry, path);
            moved.Add(path);
        }

        Directory.Delete(from);
    }

    private static void Delete(string path)
    {
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be written can perhaps not be deleted either; the first error is the one to show.
        }
    }

    private static void DeleteEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody uses it by now, or it was never made.
        }
    }

    private static KmException NotEmpty(string folder) =>
        new(
            new KmError(
                ErrorCode.ProjectNotWritten,
                $"{folder} is there already and not empty",
                Hint: "Name another folder with --output, or empty this one."
            )
        );
}
