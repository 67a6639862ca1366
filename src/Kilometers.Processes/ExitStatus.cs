namespace Kilometers.Processes;

/// <summary>How a child ended.</summary>
/// <param name="Code">Its exit code, 0 to 255 on Unix; meaningless when <paramref name="Signal"/> is set.</param>
/// <param name="Signal">The number of the signal that ended it; null if it exited by itself.</param>
public readonly record struct ExitStatus(int Code, int? Signal)
{
    /// <summary>The status as a shell reports it: the exit code, or 128 + the signal's number.</summary>
    public int ShellCode => Signal is { } signal ? 128 + signal : Code;

    /// <summary>For people: <c>exit code 3</c> or <c>signal 9 (SIGKILL)</c>.</summary>
    public override string ToString() => Signal is { } signal ? $"signal {signal}{Name(signal)}" : $"exit code {Code}";

    private static string Name(int signal) =>
        signal switch
        {
            1 => " (SIGHUP)",
            2 => " (SIGINT)",
            3 => " (SIGQUIT)",
            4 => " (SIGILL)",
            6 => " (SIGABRT)",
            8 => " (SIGFPE)",
            9 => " (SIGKILL)",
            11 => " (SIGSEGV)",
            13 => " (SIGPIPE)",
            15 => " (SIGTERM)",
            _ => "",
        };
}
