using System.Security.Cryptography;
using Kilometers.Cli.Commands;

namespace Kilometers.Cli.Serving;

/// <summary>The file that a server's command names, and what is in it.</summary>
/// <param name="Path">Its full path, links followed.</param>
/// <param name="Digest">SHA-256, lower-case hexadecimal digits.</param>
/// <param name="IsWhatRuns">
/// Whether the bytes are those that the process executes, as the system says. Not so of a script, nor where the program has become another
/// one since: then they are what the file held right after the start.
/// </param>
internal sealed record ServerProgram(string Path, string Digest, bool IsWhatRuns)
{
    /// <param name="command">The command.</param>
    /// <param name="process">The process that was started with it.</param>
    /// <exception cref="IOException">The file is gone, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may be executed, but not read.</exception>
    public static ServerProgram Read(string command, int process)
    {
        var found = ServerCommand.Find(command) ?? throw new FileNotFoundException($"'{command}' was not found");
        var path = new FileInfo(found) is { LinkTarget: not null } link
            ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? found
            : System.IO.Path.GetFullPath(found);
        if (OpenRunning(path, process) is not { } running)
        {
            using var file = Open(path);
            return new ServerProgram(path, Hash(file), IsWhatRuns: false);
        }

        using (running)
            return new ServerProgram(path, Hash(running), IsWhatRuns: true);
    }

    private static FileStream? OpenRunning(string path, int process)
    {
        var executable = $"/proc/{process}/exe";
        try
        {
            return OperatingSystem.IsLinux() && new FileInfo(executable).LinkTarget == path ? Open(executable) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended already, or does not show itself.
            return null;
        }
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static string Hash(FileStream file) => Convert.ToHexStringLower(SHA256.HashData(file));
}
