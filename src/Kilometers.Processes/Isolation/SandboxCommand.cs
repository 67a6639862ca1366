using System.Text;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>The hidden mode of a program in which it starts another one confined: <c>km __launch PROFILE… -- PROGRAM ARGS…</c>.</summary>
public static class SandboxCommand
{
    /// <summary>The first argument that selects the mode.</summary>
    public const string Name = "__launch";

    /// <summary>A layer could not be applied, so nothing was started.</summary>
    public const int NotIsolated = 125;

    /// <summary>The program is there but cannot be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>There is no such program.</summary>
    public const int NotFound = 127;

    /// <summary>How the line on standard error begins that tells why.</summary>
    public const string Prefix = "km-launch: ";

    /// <summary>Becomes the program; returns only if that fails.</summary>
    /// <param name="arguments">All arguments of this process, <see cref="Name"/> first.</param>
    /// <returns>The exit status.</returns>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        try
        {
            var end = arguments.IndexOf(SandboxArguments.End);
            if (end < 0 || end + 1 == arguments.Length)
                throw new SandboxException("arguments", "no program is named");
            if (OperatingSystem.IsWindows())
                throw new SandboxException("isolation", "on Windows a job does this");
            var errno = SandboxLauncher.Exec(SandboxArguments.Parse(arguments[1..end]), arguments[end + 1], arguments[(end + 2)..]);
            Say(Libc.ErrorText(errno));
            return errno is Libc.Enoent or Libc.Enotdir ? NotFound : NotExecutable;
        }
        catch (SandboxException e)
        {
            Say(e.Message);
            return NotIsolated;
        }
    }

    /// <summary>The words to put before a program and its arguments.</summary>
    /// <param name="self">This program in its hidden mode, up to <see cref="Name"/>.</param>
    /// <param name="profile">What the program may do.</param>
    public static IReadOnlyList<string> Before(IReadOnlyList<string> self, SandboxProfile profile) =>
        [.. self, .. SandboxArguments.From(profile), SandboxArguments.End];

    // Not the console: what it needs may be out of reach already.
    private static unsafe void Say(string text)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(Prefix + text + "\n"))
        {
            _ = Libc.Write(2, bytes, Encoding.UTF8.GetByteCount(Prefix + text) + 1);
        }
    }
}
