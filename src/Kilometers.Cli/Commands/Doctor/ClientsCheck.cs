using Kilometers.Cli.Commands.Wrap;
using Kilometers.Clients.Servers;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>Which MCP clients start servers through km, and whether the km that they name is there.</summary>
internal sealed class ClientsCheck : IDoctorCheck
{
    public string Name => "clients";

    public Prerequisites Needs => Prerequisites.Home;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken)
    {
        var found = new ClientAccess(context.Command).Find([]);
        var entries = found.SelectMany(config => config.Entries.Select(entry => (Config: config, Entry: entry))).ToList();

        // Not the problem's own words: they quote the file, which may hold secrets.
        var findings = (
            from config in found
            where config.Problem is not null
            select Finding.Warning(
                $"The configuration of {config.Client.Title} cannot be understood",
                config.File,
                "See where: km wrap status"
            ) with
            {
                Code = config.Problem!.Code,
            }
        ).ToList();
        findings.AddRange(
            from pair in entries
            where pair.Entry.State is EntryState.BrokenPath or EntryState.WrappedByAnother
            select Find(pair.Config, pair.Entry)
        );
        var wrapped = entries.Count(pair => pair.Entry.State == EntryState.Wrapped);
        findings.Add(
            entries.Count == 0 ? Finding.Ok("no MCP client with a server was found")
            : wrapped == 0 ? Finding.Ok($"{ServerWords.Count(entries.Count, "server")}, none through km; to change that: km wrap")
            : Finding.Ok($"{wrapped} of {ServerWords.Count(entries.Count, "server")} through km; to see them: km wrap status")
        );
        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }

    private static Finding Find(FoundConfig config, ServerEntry entry)
    {
        var isBroken = entry.State == EntryState.BrokenPath;
        return new Finding
        {
            Severity = isBroken ? Severity.Error : Severity.Warning,
            Summary = $"{config.Client.Title} starts '{entry.Name}' through {(isBroken ? "a km that is not there" : "another km")}",
            Detail = $"{config.File}: {ServerWords.Detail(entry)}",
            Hint = "To use no km there: km unwrap; then, to use this one: km wrap",
        };
    }
}
