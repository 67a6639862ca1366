using System.Text.RegularExpressions;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>What <c>strace -f</c> wrote about km's launcher and what became of it: the calls of the confined program and its threads.</summary>
internal sealed partial class CallTrace
{
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _unreadable = new(StringComparer.Ordinal);

    private CallTrace() { }

    /// <summary>The options that a trace is made with, before the program.</summary>
    public static IReadOnlyList<string> Options(string file) => ["-f", "-qq", "-s", "4096", "-e", "signal=none", "-o", file];

    public IReadOnlyCollection<string> Names => _names;

    /// <summary>Files of its own in <c>/proc/self</c> that it wanted to read, and could not.</summary>
    public IReadOnlyCollection<string> Unreadable => _unreadable;

    public static CallTrace Read(string file)
    {
        var trace = new CallTrace();
        var executed = new Dictionary<string, int>(StringComparer.Ordinal);
        var confined = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(file))
        {
            if (Line().Match(line) is not { Success: true } match)
                continue;
            var (process, call) = (match.Groups["process"].Value, match.Groups["call"].Value);
            var rest = match.Groups["rest"].Value;

            // The first program is the launcher, which becomes the second.
            if (call == "execve" && rest.Contains("\"__launch\"", StringComparison.Ordinal))
                executed[process] = 0;
            if (
                call == "execve"
                && executed.ContainsKey(process)
                && rest.EndsWith("= 0", StringComparison.Ordinal)
                && ++executed[process] == 2
            )
                confined.Add(process);
            if (!confined.Contains(process))
                continue;
            trace._names.Add(call);
            if (rest.Contains("EACCES", StringComparison.Ordinal) && OwnFile().Match(rest) is { Success: true } own)
                trace._unreadable.Add(own.Value);
            if (call is "clone" or "fork" or "vfork" && Child().Match(rest) is { Success: true } child)
                confined.Add(child.Groups["id"].Value);
        }

        return trace;
    }

    // 4711 openat(AT_FDCWD, …) = 3        4711 <... openat resumed>) = 3
    [GeneratedRegex(@"^(?<process>\d+) +(<\.\.\. )?(?<call>\w+)(?<rest>( resumed>|\().*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Line();

    [GeneratedRegex(@"= (?<id>[1-9]\d*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Child();

    [GeneratedRegex("/proc/self/[a-z]+\"")]
    private static partial Regex OwnFile();
}
