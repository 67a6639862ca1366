namespace Kilometers.Clients.Servers;

/// <summary>km as clients are to start it.</summary>
internal sealed record KmProgram
{
    private const string Mode = "monitor";

    /// <summary>The program and what comes before <c>monitor</c>, by its full path: graphical clients have a short <c>PATH</c>.</summary>
    public required IReadOnlyList<string> Own { get; init; }

    /// <summary>The folders of <c>PATH</c>, in order.</summary>
    public required IReadOnlyList<string> SearchPath { get; init; }

    /// <summary>What comes before a server's own command.</summary>
    /// <param name="server">The server's name.</param>
    /// <param name="isCommitted">Whether it is for a file that is meant to be committed: it names no path of this machine.</param>
    public IReadOnlyList<string> Before(string server, bool isCommitted)
    {
        IReadOnlyList<string> name = server.StartsWith('-') || server.Length == 0 ? [$"--name={server}"] : ["--name", server];
        return [.. isCommitted ? ["km"] : Own, Mode, .. name, "--"];
    }

    /// <summary>How many words of a command are km's, up to its <c>--</c>; 0: it is not km.</summary>
    public static int WordsIn(IReadOnlyList<string> words)
    {
        var mode =
            words is [var program, Mode, ..] && IsKm(program) ? 1
            : words is [_, var library, Mode, ..] && NameOf(library).Equals("km.dll", StringComparison.OrdinalIgnoreCase) ? 2
            : 0;
        if (mode == 0)
            return 0;
        var end = mode;
        while (end < words.Count && words[end] != "--")
            end++;

        // Without a command behind it, it would not start a server.
        return end + 1 < words.Count ? end + 1 : 0;
    }

    /// <summary>What a wrapped entry's km is.</summary>
    public EntryState StateOf(IReadOnlyList<string> words)
    {
        var isDll = words[1] != Mode;
        var program = words[isDll ? 1 : 0];
        if (!program.Contains('/', StringComparison.Ordinal) && !program.Contains('\\', StringComparison.Ordinal))
        {
            var found = SearchPath.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
            return found is null ? EntryState.BrokenPath : StateOf(found);
        }

        return File.Exists(program) ? StateOf(program) : EntryState.BrokenPath;
    }

    private EntryState StateOf(string path) => IsSame(path, Own[^1]) ? EntryState.Wrapped : EntryState.WrappedByAnother;

    /// <summary>Whether two paths lead to one file.</summary>
    public static bool IsSame(string one, string other) => Final(one) == Final(other);

    private static string Final(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return path;
        }
    }

    private static bool IsKm(string program) =>
        NameOf(program) is var name && (name == "km" || name.Equals("km.exe", StringComparison.OrdinalIgnoreCase));

    private static string NameOf(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
}
