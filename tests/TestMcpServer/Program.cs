// A real child process for tests. TestMcpServer MODE [ARGS]; unless said otherwise a mode ends with status 0 at the end of its input.
//
//   echo                       every byte back, unchanged and at once
//   jsonrpc                    a server of the legacy era: see JsonRpcMode.cs
//   modern                     a server of the 2026-07-28 era: see ModernMode.cs
//   answers FILE               results from a file, read for each request: see AnswersMode.cs
//   silent                     reads, never answers
//   exit CODE [AFTER]          echoes AFTER lines (default 0), then exits with CODE; input may still be open
//   ignore-eof                 jsonrpc that stays alive at the end of input, until SIGTERM
//   ignore-term                jsonrpc that ignores SIGTERM, SIGINT and SIGHUP; the end of input ends it
//   ignore-all                 jsonrpc that ignores both: only SIGKILL ends it
//   close-stdout-first         answers one line, closes its stdout, and lives until the end of input; exits with 3
//   noise                      writes Noise.All (not JSON, CRLF, blank lines, invalid UTF-8), reads to the end of input, then
//                              writes Noise.Last, which has no newline
//   big BYTES                  answers every request with one line of exactly BYTES bytes, its newline included
//   stderr N                   writes N lines "stderr line I" to stderr, then is jsonrpc
//   signal-report FILE [stay]  writes "ready", then the name of each signal received ("SIGTERM" …) and "EOF", as lines, to FILE;
//                              ends with 0 at SIGTERM unless told to stay, in which case only SIGKILL ends it
//   grandchild FILE [keep-stdout]
//                              starts three sleeping processes (a child of a shell, one in a session of its own, an orphaned one
//                              in a session of its own), writes their pids as lines to FILE, then is jsonrpc; keep-stdout lets
//                              them hold the server's stdout open
//   flood N                    writes N notifications, numbered from 0 in params.sequence, then is silent
//   last-words BYTES [CODE]    writes one line of BYTES bytes to stdout and "last words" to stderr, and exits at once with CODE
//                              (default 0)

using System.Globalization;
using TestMcpServer;

static int Number(string[] args, int index, int otherwise = -1)
{
    if (index < args.Length && int.TryParse(args[index], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        return value;
    return otherwise >= 0 && index >= args.Length
        ? otherwise
        : throw new ArgumentException($"{args[0]}: argument {index} must be a number.");
}

static string Text(string[] args, int index) =>
    index < args.Length ? args[index] : throw new ArgumentException($"{args[0]}: argument {index} is missing.");

var input = Console.OpenStandardInput();
using var output = new OutputLines(Console.OpenStandardOutput());
try
{
    return args.Length == 0
        ? throw new ArgumentException("A mode is missing; see Program.cs.")
        : args[0] switch
        {
            "echo" => ByteModes.Echo(input, output),
            "jsonrpc" => JsonRpcMode.Run(input, output),
            "modern" => ModernMode.Run(input, output),
            "answers" => AnswersMode.Run(input, output, Text(args, 1)),
            "silent" => ByteModes.Silent(input),
            "exit" => ByteModes.Exit(input, output, Number(args, 1), Number(args, 2, otherwise: 0)),
            "ignore-eof" => ProcessModes.Stubborn(input, output, ignoresEnd: true, ignoresSignals: false),
            "ignore-term" => ProcessModes.Stubborn(input, output, ignoresEnd: false, ignoresSignals: true),
            "ignore-all" => ProcessModes.Stubborn(input, output, ignoresEnd: true, ignoresSignals: true),
            "close-stdout-first" => ProcessModes.CloseStdoutFirst(input, output),
            "noise" => ByteModes.WriteNoise(input, output),
            "big" => JsonRpcMode.RunBig(input, output, Number(args, 1)),
            "stderr" => ProcessModes.WriteStderr(input, output, Number(args, 1)),
            "signal-report" => ProcessModes.ReportSignals(input, Text(args, 1), stays: args.Contains("stay")),
            "grandchild" => ProcessModes.StartGrandchildren(input, output, Text(args, 1), args.Contains("keep-stdout")),
            "flood" => ByteModes.Flood(input, output, Number(args, 1)),
            "last-words" => ByteModes.LastWords(output, Number(args, 1), Number(args, 2, otherwise: 0)),
            _ => throw new ArgumentException($"Unknown mode '{args[0]}'; see Program.cs."),
        };
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
