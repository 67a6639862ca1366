using Kilometers.Contracts;

namespace Kilometers.Cli.Commands;

/// <summary>Server commands that cannot be started, and what was meant. Says nothing about any that could.</summary>
internal static class ServerCommand
{
    private static readonly Dictionary<string, string> Interpreters = new(StringComparer.OrdinalIgnoreCase)
    {
        [".js"] = "node",
        [".mjs"] = "node",
        [".cjs"] = "node",
        [".ts"] = "npx tsx",
        [".py"] = "python3",
        [".sh"] = "sh",
        [".rb"] = "ruby",
        [".jar"] = "java -jar",
        [".dll"] = "dotnet",
    };

    /// <param name="server">The command and its arguments.</param>
    /// <param name="options">What was typed before them, from <c>km</c> on.</param>
    /// <returns>Why a server cannot be started, and how it could; null where only trying tells.</returns>
    public static KmError? WhyNot(IReadOnlyList<string> server, string options = "km monitor")
    {
        var program = server[0];
        if (IsProgram(program))
            return null;
        if (IsAddress(program))
        {
            return new KmError(
                ErrorCode.ServerNotFound,
                $"Cannot start the server: '{program}' is an address, not a command",
                "km connects to servers over HTTP itself; clients that speak HTTP reach them through `km proxy`.",
                $"Try: {options} --url {Quote([program])}"
            );
        }

        if (Uri.TryCreate(program, UriKind.Absolute, out var other) && other.Scheme is "ws" or "wss")
        {
            return new KmError(
                ErrorCode.ServerNotFound,
                $"Cannot start the server: '{program}' is an address, not a command",
                "km does not speak WebSocket.",
                $"Use a program that connects stdio to the address: {options} -- COMMAND {Quote([program])}"
            );
        }

        if (Directory.Exists(program))
        {
            return new KmError(
                ErrorCode.ServerNotExecutable,
                $"Cannot start the server: '{program}' is a folder and cannot be executed",
                null,
                $"Name the program in it, for example: {options} -- node {Quote([Path.Combine(program, "index.js")])}"
            );
        }

        if (server.Count == 1 && program.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var first, _, ..] words && IsProgram(first))
        {
            return new KmError(
                ErrorCode.ServerNotFound,
                $"Cannot start the server: '{program}' was not found",
                "The whole command is one word here, so km looked for a program with blanks in its name.",
                $"Write the words separately: {options} -- {string.Join(' ', words)}"
            );
        }

        if (!program.Contains('/', StringComparison.Ordinal) && File.Exists(program))
        {
            var interpreter = Interpreters.GetValueOrDefault(Path.GetExtension(program));
            var how = interpreter is null ? Quote([$"./{program}", .. server.Skip(1)]) : $"{interpreter} {Quote(server)}";
            return new KmError(
                ErrorCode.ServerNotFound,
                $"Cannot start the server: '{program}' was not found",
                "It is in this folder, but not in PATH.",
                $"Try: {options} -- {how}"
            );
        }

        if (WithScheme(program) is { } whole)
        {
            return new KmError(
                ErrorCode.ServerNotFound,
                $"Cannot start the server: '{program}' was not found",
                "If it is the address of a server over HTTP, km connects to it itself.",
                $"Try: {options} --url {Quote([whole])}"
            );
        }

        return null;
    }

    /// <summary>Whether it is the address of a server over HTTP.</summary>
    public static bool IsAddress(string word) =>
        Uri.TryCreate(word, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    /// <summary>Whether a name leads to a file that could be started.</summary>
    public static bool IsProgram(string name) => Find(name) is not null;

    /// <summary>The file that a name leads to: itself where it has a slash, else in PATH; null if there is none.</summary>
    public static string? Find(string name)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
            return null;
        if (OperatingSystem.IsWindows() || name.Contains('/', StringComparison.Ordinal))
            return File.Exists(name) ? name : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "/bin:/usr/bin").Split(':');
        return folders.Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>What <c>localhost:3000/mcp</c> or <c>example.com/mcp</c> would be with a scheme; null if it is no address.</summary>
    private static string? WithScheme(string word)
    {
        var host = word.Split('/', 2)[0];
        var name = host.Split(':', 2)[0];
        var isHere = name is "localhost" or "127.0.0.1";
        var isAddress =
            (isHere || (name.Length > 0 && name[0] is not '.' && name[^1] is not '.' && name.Contains('.', StringComparison.Ordinal)))
            && (host.Length > name.Length || word.Length > host.Length)
            && Uri.TryCreate($"{(isHere ? "http" : "https")}://{word}", UriKind.Absolute, out var address)
            && address.HostNameType is UriHostNameType.Dns or UriHostNameType.IPv4;
        return isAddress && !Directory.Exists(host) ? $"{(isHere ? "http" : "https")}://{word}" : null;
    }

    /// <summary>Words as a shell takes them.</summary>
    public static string Quote(IReadOnlyList<string> words) =>
        string.Join(' ', words.Select(word => IsPlain(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    private static bool IsPlain(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=@%+,".Contains(c, StringComparison.Ordinal));
}
