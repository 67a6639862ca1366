using Kilometers.Cli.Output;
using Kilometers.Clients;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Wrap;

/// <summary>One run of <c>km wrap</c> or <c>km unwrap</c>: plans all files, shows the changes, asks once, and makes them.</summary>
internal sealed class ChangeRun(CommandContext context, ClientAccess access, ChangeRequest request, string action)
{
    private readonly List<FileListing> _files = [];
    private readonly List<KmError> _problems = [];
    private readonly List<ServerListing> _unchanged = [];

    /// <summary>Whether a file was written.</summary>
    public bool HasChanged => _files.Exists(file => file.IsChanged);

    /// <summary>The user's configurations, or the project's.</summary>
    /// <param name="isTolerant">Whether files that are not understood are no problem.</param>
    /// <exception cref="KmException">What was named is not there.</exception>
    public IReadOnlyList<FoundConfig> Find(bool isTolerant = false)
    {
        var found = access.Find(request.Clients).Where(config => config.IsProject == request.IsProject).ToList();
        foreach (var name in request.Servers)
            if (!found.Exists(config => config.Entries.Any(entry => entry.Name == name)))
                throw new KmException(
                    new KmError(
                        ErrorCode.NoSuchServer,
                        $"No client {(request.IsProject ? "has a server" : "of yours has a server")} named '{name}'",
                        Hint: Suggestion.For(name, found.SelectMany(config => config.Entries).Select(entry => entry.Name)) is { } meant
                            ? $"Did you mean: {meant}"
                            : "See: km wrap status"
                    )
                );
        foreach (var problem in isTolerant ? [] : found.Select(config => config.Problem).OfType<KmError>())
            Report(problem);
        return found;
    }

    public IEnumerable<ServerEntry> Selected(FoundConfig config) =>
        config.Entries.Where(entry => request.Servers.Count == 0 || request.Servers.Contains(entry.Name));

    /// <summary>Plans one file: entries that cannot be changed are reported and left out.</summary>
    /// <param name="config">The file.</param>
    /// <param name="entries">The entries to change.</param>
    /// <param name="plan">Plans some of them.</param>
    public FileChange? Plan(
        FoundConfig config,
        IEnumerable<ServerEntry> entries,
        Func<FoundConfig, IReadOnlyList<IReadOnlyList<string>>, FileChange> plan
    )
    {
        var possible = new List<IReadOnlyList<string>>();
        foreach (var entry in entries)
        {
            try
            {
                _ = plan(config, [entry.Path]);
                possible.Add(entry.Path);
            }
            catch (KmException e)
            {
                Report(e.Error);
                if (e.Error.Code == ErrorCode.EntryChanged)
                    ShowChanged(config, entry);
            }
        }

        try
        {
            return possible.Count == 0 ? null : plan(config, possible);
        }
        catch (KmException e)
        {
            Report(e.Error);
            return null;
        }
    }

    /// <summary>Servers that stay as they are, with the reason.</summary>
    public void Leave(FoundConfig config, IEnumerable<ServerEntry> entries)
    {
        foreach (var entry in entries)
        {
            _unchanged.Add(ServerListing.From(config, entry));

            // What a client provides by itself is nobody's loss.
            var isExpected = entry.IsWrapped || entry is { Command: null, State: EntryState.LeftAlone };
            if (!request.IsJson && !isExpected)
                context.Screen.WriteLine($"{config.Client.Title}: '{entry.Name}' stays as it is ({ServerWords.Why(entry)})");
        }
    }

    /// <summary>Shows the changes, asks, and makes them.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="question">What to ask.</param>
    /// <param name="nothing">What to say where there are none.</param>
    /// <returns>The exit status.</returns>
    /// <exception cref="KmException">The user did not agree.</exception>
    public int Make(IReadOnlyList<FileChange> changes, string question, string nothing)
    {
        foreach (var change in changes)
            Show(change);
        if (changes.Count > 0 && !request.IsDryRun)
        {
            if (!Question.Ask(context.Errors, question, request.IsAgreed))
                throw new KmException(
                    new KmError(ErrorCode.Declined, "Nothing changed: not confirmed", Hint: "Run it again and confirm, or use --yes.")
                );
            Write(changes);
        }

        if (request.IsJson)
            context.Screen.Json(new ChangeReport(action, _files, _unchanged, _problems), WrapJsonContext.Default.ChangeReport);
        else if (changes.Count == 0 && _problems.Count == 0)
            context.Screen.WriteLine(nothing);
        return _problems.Count == 0 ? 0 : 1;
    }

    private void Write(IReadOnlyList<FileChange> changes)
    {
        try
        {
            using var held = access.Store.TryLock();
            if (held is null)
                throw new KmException(
                    new KmError(
                        ErrorCode.ConfigBusy,
                        "Another km is changing configurations",
                        Hint: "Run the command again when it has finished."
                    )
                );
            for (var at = 0; at < changes.Count; at++)
                Write(changes[at], at);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ClientErrors.NotWritten("What km remembers of its changes", e.Message);
        }
    }

    private void Write(FileChange change, int at)
    {
        var file = ServerWords.Short(change.Config.File, access.Machine.Home);
        try
        {
            var backup = new ChangeWriter(access.Store, context.Time).Write(change);
            _files[at] = _files[at] with { IsChanged = true, Backup = backup };
            if (!request.IsJson)
                context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {change.Client.Title}: {Describe(change)} ({file})");
        }
        catch (KmException e)
        {
            _files[at] = _files[at] with { Error = e.Error };
            Report(e.Error);
        }
    }

    private static string Describe(FileChange change) =>
        change.Entries.Count == 0
            ? "restored from the backup"
            : $"{string.Join(", ", change.Entries.Select(entry => entry.Server))} {(change.IsWrap ? "through km" : "without km")}";

    private void Show(FileChange change)
    {
        // A file that is not understood has nothing to compare; a backup may still replace it.
        var diff = change.Config.Document is { } before
            ? UnifiedDiff.Of(Shown(change.Config, before), Shown(change.Config, change.After))
            : [];
        _files.Add(
            new FileListing(
                change.Client.Name,
                change.Config.File,
                [.. change.Entries.Select(entry => entry.Server)],
                [.. diff.Select(line => line.ToString())],
                false,
                null,
                null
            )
        );
        if (request.IsJson)
            return;
        context.Screen.WriteLine($"{change.Client.Title}  {change.Config.File}");
        Show(diff);
        context.Screen.WriteLine("");
    }

    private void Show(IReadOnlyList<DiffLine> diff)
    {
        foreach (var line in diff)
        {
            var color = line.Sign switch
            {
                '+' => "32",
                '-' => "31",
                '@' => "36",
                _ => null,
            };

            // The file's own text first without what could act on a terminal.
            var text = TerminalText.Line(line.ToString());
            context.Screen.WriteLine(color is null || !context.Screen.Colors ? text : $"\u001b[{color}m{text}\u001b[0m");
        }
    }

    /// <summary>What somebody changed in an entry after km wrapped it.</summary>
    private void ShowChanged(FoundConfig config, ServerEntry entry)
    {
        if (request.IsJson || access.Store.Find(config.Source!.Path, entry.Path) is not { } record)
            return;
        try
        {
            var written = config.Document!.With([new Clients.Syntax.TextEdit(entry.Node.Span, record.Wrapped)]);
            context.Screen.WriteLine($"{config.Client.Title}  {config.File}: as km wrote it (-), and as it is now (+)");
            Show(UnifiedDiff.Of(Shown(config, written), Shown(config, config.Document)));
        }
        catch (Clients.Syntax.ConfigSyntaxException)
        {
            // The two do not fit into each other: there is nothing to compare line by line.
        }
    }

    private ShownText Shown(FoundConfig config, Clients.Syntax.ConfigDocument document) =>
        new(document, config.EntriesOf(document), access.Redact);

    private void Report(KmError problem)
    {
        _problems.Add(problem);
        context.Errors.Warn(problem);
    }
}
