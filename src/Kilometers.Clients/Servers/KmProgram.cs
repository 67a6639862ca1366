namespace Kilometers.Clients.Servers;

/// <summary>km as clients are to start it.</summary>
internal sealed record KmProgram
{
    private const string Monitor = "monitor";
    private const string Bridge = "bridge";

    /// <summary>The program and what comes before <c>monitor</c>, by its full path: graphical clients have a short <c>PATH</c>.</summary>
    public required IReadOnlyList<string> Own { get; init; }

    /// <summary>The folders of <c>PATH</c>, in order.</summary>
    public required IReadOnlyList<string> SearchPath { get; init; }

    /// <summary>What comes before a server's own command.</summary>
    /// <param name="server">The server's name.</param>
    /// <param name="isCommitted">Whether it is for a file that is meant to be committed: it names no path of this machine.</param>
    public IReadOnlyList<string> Before(string server, bool isCommitted) => [.. Begin(Monitor, server, isCommitted), "--"];

    /// <summary>The command that reaches a server over HTTP.</summary>
    /// <param name="server">The server's name.</param>
    /// <param name="options">How it is reached.</param>
    /// <param name="address">Where.</param>
    /// <param name="isCommitted">Whether it is for a file that is meant to be committed: it names no path of this machine.</param>
    public IReadOnlyList<string> To(string server, IEnumerable<string> options, string address, bool isCommitted) =>
        [.. Begin(Bridge, server, isCommitted), .. options, "--", address];

    /// <summary>Whether a command is km's way to a server over HTTP.</summary>
    /// <param name="words">A command that is km.</param>
    public static bool IsBridge(IReadOnlyList<string> words) => words[ModeIn(words)] == Bridge;

    /// <summary>How many words of a command are km's, up to its <c>--</c>; 0: it is not km.</summary>
    public static int WordsIn(IReadOnlyList<string> words)
    {
        var mode = ModeIn(words);
        if (mode == 0)
            return 0;
        var end = mode;
        while (end < words.Count && words[end] != "--")
            end++;

        // Without a command behind it, it would not start a server.
        return end + 1 < words.Count ? end + 1 : 0;
    }

    /// <summary>The options of a command that is km: what is between <c>monitor</c> or <c>bridge</c> and its <c>--</c>.</summary>
    public static IReadOnlyList<string> OptionsIn(IReadOnlyList<string> words) =>
        [.. words.Take(WordsIn(words) - 1).Skip(ModeIn(words) + 1)];

    /// <summary>What a wrapped entry's km is.</summary>
    public EntryState StateOf(IReadOnlyList<string> words)
    {
        var program = words[ModeIn(words) - 1];
        if (!program.Contains('/', StringComparison.Ordinal) && !program.Contains('\\', StringComparison.Ordinal))
        {
            var found = SearchPath.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
            return found is null ? EntryState.BrokenPath : StateOf(found);
        }

        return File.Exists(program) ? StateOf(program) : EntryState.BrokenPath;
    }

    private IEnumerable<string> Begin(string mode, string server, bool isCommitted)
    {
        IReadOnlyList<string> name = server.StartsWith('-') || server.Length == 0 ? [$"--name={server}"] : ["--name", server];
        return [.. isCommitted ? ["km"] : Own, mode, .. name];
    }

    /// <summary>Where the word is that says what km is to do; 0: it is not km.</summary>
    private static int ModeIn(IReadOnlyList<string> words) =>
        words is [var program, Monitor or Bridge, ..] && IsKm(program) ? 1
        : words is [_, var library, Monitor or Bridge, ..] && NameOf(library).Equals("km.dll", StringComparison.OrdinalIgnoreCase) ? 2
        : 0;

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
