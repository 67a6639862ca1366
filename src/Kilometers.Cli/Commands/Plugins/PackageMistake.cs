using System.Text;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>What people give to <c>km plugins install</c> that is not a package, and what they want to do with it.</summary>
internal static class PackageMistake
{
    private const int Beginning = 64 * 1024;

    /// <summary>Members of the configurations of clients.</summary>
    private static readonly string[] Clients = ["\"mcpServers\"", "\"servers\""];

    /// <summary>What programs begin with.</summary>
    private static readonly string[] Programs = ["\u007fELF", "#!", "MZ"];

    /// <summary>The name of the first member.</summary>
    private const string PackageStart = "kmpkg\0";

    /// <returns>What is wrong and how to go on; null for what may be a package.</returns>
    public static KmError? Find(string path)
    {
        if (Directory.Exists(path))
        {
            return new KmError(
                ErrorCode.PackageUnreadable,
                $"{path} is a folder, not a package",
                Hint: "Install a file: km plugins install FILE.kmpkg. To make one: kmpkg pack --help"
            );
        }

        if (path.EndsWith(".kmpkg", StringComparison.Ordinal))
            return null;
        if (!File.Exists(path))
            return LooksLikeFile(path) ? null : UnknownName(path);
        var text = ReadBeginning(path);
        if (Clients.Any(member => text.Contains(member, StringComparison.Ordinal)))
        {
            return new KmError(
                ErrorCode.Container,
                $"{path} is the configuration of an MCP client, not a package",
                Hint: "To watch a server in it, write there: "
                    + "\"command\": \"km\", \"args\": [\"monitor\", \"--\", COMMAND, ARGS...]. Plugins come with: km init"
            );
        }

        if (Programs.Any(start => text.StartsWith(start, StringComparison.Ordinal)))
        {
            return new KmError(
                ErrorCode.Container,
                $"{path} is a program, not a package",
                Hint: $"To try a plugin that you are developing: km monitor --dev-plugin {ServerCommand.Quote([path])} -- COMMAND"
            );
        }

        // Whatever a package is called, it begins so: what is too short for one is not said to be cut off.
        return text.Length == 0 || text.StartsWith(PackageStart, StringComparison.Ordinal)
            ? null
            : new KmError(
                ErrorCode.Container,
                $"{path} is not a package",
                Hint: "Install a package: km plugins install FILE.kmpkg. To make one: kmpkg pack --help"
            );
    }

    /// <summary>There is no such file, and no account to ask the API with.</summary>
    public static KmError UnknownName(string name) =>
        new(
            ErrorCode.NotInstalled,
            $"'{name}' is neither a file nor a plugin that came with km",
            "Other plugins come by name from the API, and nobody is signed in.",
            "Sign in: km auth login; or name a file: km plugins install FILE.kmpkg"
        );

    private static bool LooksLikeFile(string path) => path.AsSpan().IndexOfAny("/\\.") >= 0;

    private static string ReadBeginning(string path)
    {
        try
        {
            // Pipes and devices are refused where packages are opened.
            if (!Files.FileKind.IsPlain(path))
                return "";
            using var file = File.OpenRead(path);
            var bytes = new byte[Beginning];
            return Encoding.Latin1.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
