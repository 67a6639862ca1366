using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>A file that a command writes for the user: whole or not at all, for the user alone, and never over another by mistake.</summary>
internal static class NewFile
{
    /// <summary>Writes it beside its place, and then moves it there.</summary>
    /// <returns>Its size.</returns>
    /// <exception cref="KmException"><c>REC_EXP_001</c>: it exists, or cannot be written.</exception>
    public static long Write(string path, bool replaces, Action<Stream> write)
    {
        if (!replaces && Path.Exists(path))
            throw Exists(path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.km-{Path.GetRandomFileName()}");
        try
        {
            long size;
            using (var file = PrivateFile.CreateNew(temporary))
            {
                using var buffer = new BufferedStream(file, 1 << 16);
                write(buffer);
                buffer.Flush();
                file.Flush(flushToDisk: true);
                size = file.Length;
            }

            File.Move(temporary, path, replaces);
            return size;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!replaces && Path.Exists(path))
                throw Exists(path);
            throw new KmException(
                new KmError(
                    ErrorCode.ExportNotWritten,
                    $"{path} cannot be written",
                    e.Message,
                    "Check the folder, its permissions and its space."
                )
            );
        }
        finally
        {
            TryDelete(temporary);
        }
    }

    private static KmException Exists(string path) =>
        new(
            new KmError(
                ErrorCode.ExportNotWritten,
                $"{path} already exists",
                "Nothing was written.",
                "Name another file, or replace it with --force."
            )
        );

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that the caller gets says more.
        }
    }
}
