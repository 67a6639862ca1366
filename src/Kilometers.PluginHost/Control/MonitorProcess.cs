using System.Text;

namespace Kilometers.PluginHost.Control;

/// <summary>
/// Recognizes a process that runs <c>km monitor</c> by its program and its arguments, and one that relays over HTTP by its program. Both are
/// there before it starts its server or a host, and nothing below it can change them: a socket or a file, which it makes later, would come too
/// late for a server or a plugin whose first act is a request.
/// </summary>
internal static class MonitorProcess
{
    private const string Command = "monitor";
    private const string Program = "km";
    private const string HttpProgram = "km-http";
    private const string Deleted = " (deleted)";
    private const int MaxArguments = 64 * 1024;

    /// <summary>Whether a process is a km that watches a session. A program that only looks like one counts, too: what is below it is refused.</summary>
    public static bool Is(int id)
    {
        if (ArgumentsOf(id) is not [var first, .. var rest])
            return false;
        var name = NameOf(id) ?? Path.GetFileName(first);
        if (name.StartsWith(HttpProgram, StringComparison.Ordinal))
            return true;
        if (!rest.Contains(Command))
            return false;
        return name == Path.GetFileName(Environment.ProcessPath) || name.StartsWith(Program, StringComparison.Ordinal);
    }

    /// <summary>The name of the program that a process runs, also of one that was replaced since; null where that cannot be told (another user's).</summary>
    public static string? NameOf(int id)
    {
        try
        {
            var program = Path.GetFileName(new FileInfo($"/proc/{id}/exe").LinkTarget);
            return program?.EndsWith(Deleted, StringComparison.Ordinal) == true ? program[..^Deleted.Length] : program;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string[] ArgumentsOf(int id)
    {
        try
        {
            // The arguments of km come first: of the server's, whatever follows, it is enough to see the beginning.
            using var file = File.OpenRead($"/proc/{id}/cmdline");
            var buffer = new byte[MaxArguments];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(buffer, 0, length).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
