using Kilometers.Clients.Catalog;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.Cli.Commands.Wrap;

/// <summary>This machine's clients, this km, and what it remembers of its changes.</summary>
internal sealed class ClientAccess
{
    private readonly Redactor _redactor = new();

    public ClientAccess(CommandContext context)
    {
        var home = UserHome.Find()
            ?? throw new KmException(new KmError(ErrorCode.HomeMissing, "Your home directory cannot be found", Hint: "Set HOME."));
        Machine = new ClientMachine
        {
            Kind =
                OperatingSystem.IsWindows() ? MachineKind.Windows
                : OperatingSystem.IsMacOS() ? MachineKind.Mac
                : MachineKind.Linux,
            Home = home,
            Project = context.Paths.Project,
            Variable = Environment.GetEnvironmentVariable,
        };
        var search = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        Km = new KmProgram { Own = Own(search), SearchPath = search };
        Store = new WrapStore(context.Paths.Wrap, context.Time);
    }

    public ClientMachine Machine { get; }

    public KmProgram Km { get; }

    public WrapStore Store { get; }

    /// <summary>The files of some clients.</summary>
    /// <param name="names">The clients; none: all.</param>
    /// <exception cref="KmException">There is no such client, or it has no configuration here.</exception>
    public IReadOnlyList<FoundConfig> Find(IReadOnlyList<string> names)
    {
        foreach (var name in names)
            if (KnownClients.All.All(client => client.Name != name))
                throw new KmException(
                    new KmError(
                        ErrorCode.InvalidArguments,
                        $"'{name}' is not a client that km knows",
                        Hint: Suggestion.For(name, KnownClients.All.Select(client => client.Name)) is { } meant
                            ? $"Did you mean: {meant}"
                            : $"The clients are: {string.Join(", ", KnownClients.All.Select(client => client.Name))}"
                    )
                );
        var found = FoundConfig.Find(KnownClients.All.Where(client => names.Count == 0 || names.Contains(client.Name)), Machine, Km);
        foreach (var client in KnownClients.All.Where(client => names.Contains(client.Name)))
            if (found.All(config => config.Client != client))
                throw new KmException(
                    new KmError(
                        ErrorCode.NoSuchServer,
                        $"{client.Title} has no configuration here",
                        $"Looked for: {string.Join(", ", client.Locations.Select(location => Machine.Resolve(location.File)).Distinct())}"
                    )
                );
        return found;
    }

    public string Redact(string text) => _redactor.Redact(text);

    /// <summary>The path of this km: where the search path has it, that one, which stays when an update replaces what it leads to.</summary>
    private static string[] Own(string[] search)
    {
        var path = OwnProgram.RelayPath;
        var name = OperatingSystem.IsWindows() ? "km.exe" : "km";
        var found = search
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(file => File.Exists(file) && KmProgram.IsSame(file, path));
        return [found ?? path];
    }
}
