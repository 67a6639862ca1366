using Kilometers.Clients.Catalog;
using Kilometers.Clients.Servers;
using Kilometers.Clients.Syntax;
using Kilometers.Contracts;

namespace Kilometers.Clients.Changes;

/// <summary>One entry of a change.</summary>
/// <param name="Path">The names that lead to it.</param>
/// <param name="Before">Its bytes before.</param>
/// <param name="After">Its bytes after.</param>
internal sealed record EntryChange(IReadOnlyList<string> Path, byte[] Before, byte[] After)
{
    public string Server => Path[^1];
}

/// <summary>What is to become of one file.</summary>
internal sealed record FileChange
{
    public required FoundConfig Config { get; init; }

    public required ConfigDocument After { get; init; }

    public required IReadOnlyList<EntryChange> Entries { get; init; }

    /// <summary>Whether km is put in front of servers, not taken away.</summary>
    public required bool IsWrap { get; init; }

    /// <summary>The same for the file as it is now.</summary>
    /// <exception cref="KmException">That cannot be.</exception>
    public required Func<FoundConfig, FileChange> Again { get; init; }

    public McpClient Client => Config.Client;

    /// <summary>Puts km in front of servers.</summary>
    /// <param name="config">The file.</param>
    /// <param name="paths">The entries, none of which is wrapped.</param>
    /// <exception cref="KmException">One is written in a way that km does not edit.</exception>
    public static FileChange Wrap(FoundConfig config, IReadOnlyList<IReadOnlyList<string>> paths) =>
        Change(
            config,
            paths,
            isWrap: true,
            again => Wrap(again, paths),
            (document, entry) =>
            {
                var words = entry.Through(config.Km);
                return entry.Address is null
                    ? Make(document, entry, EntryEditor.Wrap(document, entry, config.Km), after =>
                        EntryEditor.Verify(document, after, entry, words)
                    )
                    : Make(document, entry, BridgeEditor.Wrap(document, entry, config.Km), after =>
                        BridgeEditor.Verify(document, after, entry, words)
                    );
            }
        );

    /// <summary>Takes km away from servers: to the byte where km has a record, else by the form of the command.</summary>
    /// <param name="config">The file.</param>
    /// <param name="paths">The entries, all of which are wrapped.</param>
    /// <param name="store">The records.</param>
    /// <exception cref="KmException">One is written in a way that km does not edit, or was changed since.</exception>
    public static FileChange Unwrap(FoundConfig config, IReadOnlyList<IReadOnlyList<string>> paths, WrapStore store) =>
        Change(
            config,
            paths,
            isWrap: false,
            again => Unwrap(again, paths, store),
            (document, entry) =>
            {
                if (store.Find(config.Source!.Path, entry.Path) is { } record)
                {
                    if (HasChanged(document, entry, record))
                        throw new KmException(ClientErrors.EntryChanged(config.File, entry.Name));
                    return Restore(document, entry, record.Original);
                }

                var command = entry.Command!;
                return KmProgram.IsBridge(command.Words)
                    ? Make(document, entry, BridgeEditor.Unwrap(document, entry), after =>
                        BridgeEditor.Verify(document, after, entry, words: null)
                    )
                    : Make(document, entry, EntryEditor.Unwrap(document, entry), after =>
                        EntryEditor.Verify(document, after, entry, [.. command.Words.Skip(command.KmWords)])
                    );
            }
        );

    /// <summary>Gives a whole file an older content.</summary>
    public static FileChange Restore(FoundConfig config, byte[] content)
    {
        var after = config.Parse(content);
        return new FileChange
        {
            Config = config,
            After = after,
            Entries = [],
            IsWrap = false,
            Again = again => Restore(again, content),
        };
    }

    /// <summary>Whether somebody changed an entry after km wrapped it: what it means, not only how its client writes it.</summary>
    public static bool HasChanged(ConfigDocument document, ServerEntry entry, WrapRecord record)
    {
        if (document.BytesOf(entry.Node).SequenceEqual(record.Wrapped))
            return false;
        try
        {
            return !document.With([new TextEdit(entry.Node.Span, record.Wrapped)]).Root.Means(document.Root);
        }
        catch (ConfigSyntaxException)
        {
            return true;
        }
    }

    private static ConfigDocument Restore(ConfigDocument document, ServerEntry entry, byte[] original)
    {
        var after = document.With([new TextEdit(entry.Node.Span, original)]);
        return
            after.Root.Find(entry.Path) is { } restored
            && after.BytesOf(restored).SequenceEqual(original)
            && document.Root.Means(after.Root, new HashSet<ConfigNode> { entry.Node })
            ? after
            : throw new ConfigSyntaxException("the original entry does not fit here any more", entry.Node.Span.Start);
    }

    private static FileChange Change(
        FoundConfig config,
        IReadOnlyList<IReadOnlyList<string>> paths,
        bool isWrap,
        Func<FoundConfig, FileChange> again,
        Func<ConfigDocument, ServerEntry, ConfigDocument> change
    )
    {
        var (document, changes) = (config.Document!, new List<EntryChange>());
        try
        {
            foreach (var path in paths)
            {
                var entry = config.EntriesOf(document).FirstOrDefault(one => one.Path.SequenceEqual(path))
                    ?? throw ClientErrors.ChangedMeanwhile(config.File, path[^1]);
                var expected = isWrap ? entry.State == EntryState.NotWrapped : entry.IsWrapped;
                if (!expected)
                    throw ClientErrors.ChangedMeanwhile(config.File, path[^1]);
                var after = change(document, entry);
                changes.Add(new EntryChange(path, document.BytesOf(entry.Node).ToArray(), after.BytesOf(after.Root.Find(path)!).ToArray()));
                document = after;
            }
        }
        catch (ConfigSyntaxException e)
        {
            throw config.NotUnderstood(document.Bytes, e);
        }

        return new FileChange
        {
            Config = config,
            After = document,
            Entries = changes,
            IsWrap = isWrap,
            Again = again,
        };
    }

    /// <summary>Makes changes, none of which may reach beyond the entry, and makes sure of what they did.</summary>
    private static ConfigDocument Make(
        ConfigDocument document,
        ServerEntry entry,
        IReadOnlyList<TextEdit> edits,
        Action<ConfigDocument> verify
    )
    {
        if (!edits.All(edit => edit.Span.Start >= entry.Node.Span.Start && edit.Span.End <= entry.Node.Span.End))
            throw new ConfigSyntaxException("km does not edit an entry that is written like this", entry.Node.Span.Start);
        var after = document.With(edits);
        verify(after);
        return after;
    }
}
