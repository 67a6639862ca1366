namespace Kilometers.Transcripts.Tests;

/// <summary>A server that is a shell script: for each method an answer, or a command. A real process.</summary>
internal static class ScriptedServer
{
    public const string Initialized =
        """{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"scripted","version":"1"}}""";

    /// <param name="answers">The method of a request, and the result; a result that begins with <c>!</c> is a command of the shell.</param>
    /// <returns>The command line.</returns>
    public static string[] Of(params (string Method, string Result)[] answers)
    {
        var cases = answers.Select(answer =>
            $"""
                  *'"method":"{answer.Method}"'*) {(answer.Result.StartsWith('!') ? answer.Result[1..] : Echo(answer.Result))} ;;
                """
        );
        return
        [
            "/bin/sh",
            "-c",
            $$$"""
                while IFS= read -r line; do
                  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
                  case "$line" in
                {{{string.Join('\n', cases)}}}
                  *'"id"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"Method not found"}}\n' "$id" ;;
                  esac
                done
                """,
        ];
    }

    private static string Echo(string result) => """printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" """ + $"'{result}'";
}
