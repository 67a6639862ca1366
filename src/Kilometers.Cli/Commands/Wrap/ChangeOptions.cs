using System.CommandLine;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Commands.Plugins;

namespace Kilometers.Cli.Commands.Wrap;

/// <summary>The options that <c>km wrap</c> and <c>km unwrap</c> have in common.</summary>
internal sealed class ChangeOptions
{
    private readonly Argument<string[]> _clients = new("CLIENT")
    {
        Description = "Clients, such as cursor or claude-code. Default: all that are found.",
        Arity = ArgumentArity.ZeroOrMore,
        CompletionSources = { KnownNames.Clients },
    };

    private readonly Option<bool> _all = new("--all")
    {
        Description = "All clients that are found. With --yes, this or a CLIENT is needed.",
    };

    private readonly Option<string[]> _servers = new("--server")
    {
        Description = "Only the server of this name. May be repeated.",
        HelpName = "NAME",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show what would change, and change nothing." };

    private readonly Option<bool> _project = new("--project")
    {
        Description = "Change the files of the project in this folder instead of your own. They name km without a path, to be committed.",
    };

    private readonly Option<bool> _yes = PluginsCommand.Yes();

    private readonly Option<bool> _json = PluginsCommand.Json();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_clients);
        foreach (var option in new Option[] { _all, _servers, _dryRun, _project, _yes, _json })
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            var clients = result.GetValue(_clients) ?? [];
            if (clients.Length > 0 && result.GetValue(_all))
                result.AddError("--all means every client: name clients or use --all, not both");
            if (clients.Length == 0 && result.GetValue(_yes) && !result.GetValue(_all))
                result.AddError("--yes needs the clients to change: name them, or use --all");
        });
    }

    public ChangeRequest Read(ParseResult parsed) =>
        new()
        {
            Clients = parsed.GetValue(_clients) ?? [],
            Servers = parsed.GetValue(_servers) ?? [],
            IsDryRun = parsed.GetValue(_dryRun),
            IsProject = parsed.GetValue(_project),
            IsAgreed = parsed.GetValue(_yes),
            IsJson = parsed.GetValue(_json),
        };
}

/// <summary>What was typed.</summary>
internal sealed record ChangeRequest
{
    public IReadOnlyList<string> Clients { get; init; } = [];

    public IReadOnlyList<string> Servers { get; init; } = [];

    public bool IsDryRun { get; init; }

    public bool IsProject { get; init; }

    public bool IsAgreed { get; init; }

    public bool IsJson { get; init; }
}
