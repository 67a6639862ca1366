using System.CommandLine.Completions;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Guard;

/// <summary>Opens what guard keeps, and finds the server that people mean.</summary>
internal static class GuardAccess
{
    /// <summary>The name of the plugin.</summary>
    public const string Plugin = "guard";

    /// <summary>Digits of a key that are shown, and enough to name a server.</summary>
    public const int ShownKey = 8;

    private const int MaxNamed = 5;

    /// <summary>The records.</summary>
    public static ServerRecords Open(CommandContext context) => new(PluginFolder.Of(context.Paths, Plugin), context.Time);

    /// <summary>All servers. Files that cannot be read are reported, and leave the others.</summary>
    public static IReadOnlyList<ServerRecord> Read(CommandContext context)
    {
        IReadOnlyList<ServerRecord> servers;
        try
        {
            servers = Open(context).Read(out var unreadable);
            foreach (var file in unreadable)
                context.Errors.Warn(Unusable(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(Unusable(e.Message));
        }

        return servers;
    }

    /// <summary>The one server that is meant: its name, or the beginning of its id.</summary>
    /// <exception cref="KmException"><c>GRD_REC_002</c>: none or several.</exception>
    public static ServerRecord Find(CommandContext context, string text)
    {
        var servers = Read(context);
        var found = servers.Where(server => server.Label == text).ToList();
        if (found.Count == 0 && text.Length >= 4)
            found = [.. servers.Where(server => server.Key.StartsWith(text, StringComparison.Ordinal))];
        return found switch
        {
            [var one] => one,
            [] => throw new KmException(
                new KmError(
                    ErrorCode.GuardNoServer,
                    $"Guard knows no server '{text}'",
                    servers.Count == 0 ? "It has not seen any server yet." : null,
                    servers.Count == 0
                        ? "Install guard with `km plugins install guard`, then run a session."
                        : "List the servers with: km guard list"
                )
            ),
            _ => throw new KmException(
                new KmError(
                    ErrorCode.GuardNoServer,
                    $"'{text}' is the name of {found.Count} servers, with different commands",
                    string.Join(
                        "; ",
                        found.Take(MaxNamed).Select(server => $"{server.Key[..ShownKey]}: {TerminalText.Line(server.Command, 100)}")
                    ),
                    "Name one by its id."
                )
            ),
        };
    }

    /// <summary>What guard keeps cannot be used.</summary>
    public static KmError Unusable(string detail) =>
        new(
            ErrorCode.GuardRecord,
            "What guard keeps of a server cannot be used",
            detail,
            "Guard sets a damaged file aside when it next sees the server. Check permissions and the space on the disk."
        );

    /// <summary>The names of the servers, for completion.</summary>
    public static IEnumerable<CompletionItem> Names(CompletionContext _)
    {
        try
        {
            var paths = PluginPaths.Default();
            return paths.HomeProblem is not null
                ? []
                :
                [
                    .. new ServerRecords(PluginFolder.Of(paths, Plugin), TimeProvider.System)
                        .Read(out var _)
                        .Select(server => new CompletionItem(server.Label, detail: server.Command)),
                ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
