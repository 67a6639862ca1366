using System.CommandLine.Completions;
using Kilometers.Clients.Catalog;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Logs;

namespace Kilometers.Cli.Commands.Completion;

/// <summary>
/// Names that only this machine knows, for completion. Nothing is verified and nobody is asked: a key press must not wait, and a wrong name
/// costs only an error message. Where a name cannot be found, there is none.
/// </summary>
internal static class KnownNames
{
    private const int MaxNames = 200;

    /// <summary>The user's and the system's packages, by their file names.</summary>
    public static IEnumerable<CompletionItem> Plugins(CompletionContext _) => Find(Packages);

    /// <summary>The same, and plugins under development that have said something.</summary>
    public static IEnumerable<CompletionItem> LoggedPlugins(CompletionContext _) =>
        Find(paths => Packages(paths).Concat(new PluginLogFiles(paths.Logs).Names));

    /// <summary>Plugins that came with km, and package files: what <c>km plugins install</c> takes.</summary>
    public static IEnumerable<CompletionItem> Bundled(CompletionContext _) =>
        Find(paths =>
            Directory.Exists(paths.Bundled)
                ? Directory.EnumerateFiles(paths.Bundled, "*.kmpkg").Select(file => WithoutHash(Path.GetFileNameWithoutExtension(file)))
                : []
        );

    public static IEnumerable<CompletionItem> Sessions(CompletionContext _) =>
        Find(paths => ControlClient.Transport(paths.Home).List().Select(address => address.Session));

    /// <summary>The roots that the user added, by the files they are in.</summary>
    public static IEnumerable<CompletionItem> Roots(CompletionContext _) =>
        Find(paths =>
            Directory.Exists(paths.Trust)
                ? Directory.EnumerateFiles(paths.Trust, "*.pem").Select(file => Path.GetFileNameWithoutExtension(file))
                : []
        );

    public static IEnumerable<CompletionItem> Settings(CompletionContext _) =>
        KmSettings.All.Select(setting => new CompletionItem(setting.Name, detail: setting.Description));

    public static IEnumerable<CompletionItem> Clients(CompletionContext _) =>
        KnownClients.All.Select(client => new CompletionItem(client.Name, detail: client.Title));

    private static IEnumerable<string?> Packages(PluginPaths paths) =>
        new[] { paths.Plugins, paths.SystemPlugins }
            .OfType<string>()
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.kmpkg"))
            .Select(Path.GetFileNameWithoutExtension);

    /// <summary>Package files carry the start of their hash: <c>km-plugin-console-logger-1a2b3c4d</c>.</summary>
    private static string WithoutHash(string name) =>
        name.StartsWith("km-plugin-", StringComparison.Ordinal) && name.LastIndexOf('-') is > 10 and var end ? name[10..end] : name;

    private static IEnumerable<CompletionItem> Find(Func<PluginPaths, IEnumerable<string?>> names)
    {
        try
        {
            var paths = PluginPaths.Default();
            return paths.HomeProblem is not null
                ? []
                :
                [
                    .. names(paths)
                        .OfType<string>()
                        .Distinct()
                        .Order(StringComparer.Ordinal)
                        .Take(MaxNames)
                        .Select(name => new CompletionItem(name)),
                ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
