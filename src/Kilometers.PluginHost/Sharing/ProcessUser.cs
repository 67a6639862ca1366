using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Egress;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Logs;

namespace Kilometers.PluginHost.Sharing;

/// <summary>A session that uses a plugin's process: what it is started with, if this session is the first, and who hears of it.</summary>
internal sealed class ProcessUser
{
    public required PluginSource Source { get; init; }

    public required PluginHostingOptions Options { get; init; }

    public required SessionFacts Facts { get; init; }

    /// <summary>The session beside what the plugin says in it.</summary>
    public PluginLogSession LogSession => field ??= new PluginLogSession(Facts.SessionId, Facts.ServerLabel);

    public required IPluginPresenter Presenter { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>What the plugin did on the network so far, in its earlier processes.</summary>
    public required EgressJournal Network { get; init; }

    /// <summary>Records that the process is about to be started; completes when that is on disk.</summary>
    public required Func<string, PackageVerification?, string, Task> RecordLaunch { get; init; }

    /// <summary>Records that the plugin was connected to a host, or why not.</summary>
    public required Action<string, string, KmError?> RecordNetwork { get; init; }

    /// <summary>Called when the process failed, or is ended for what it did, as something else than this session found; on any thread.</summary>
    public required Action<KmError> Failed { get; init; }

    /// <summary>The plugin's own settings; null where its name is not known before it has said it.</summary>
    public IReadOnlyDictionary<string, string>? Settings { get; init; }

    /// <summary>What sessions must have in common to share a process; null: this one has its own.</summary>
    public string? Key { get; init; }

    /// <summary>The settings and the key of a session.</summary>
    /// <param name="source">The plugin.</param>
    /// <param name="options">What plugins get.</param>
    /// <param name="facts">The session.</param>
    /// <param name="warn">Hears what is wrong with the settings.</param>
    public static (IReadOnlyDictionary<string, string>? Settings, string? Key) Agree(
        PluginSource source,
        PluginHostingOptions options,
        SessionFacts facts,
        Action<KmError> warn
    )
    {
        if (source.Shareable is not { } what)
            return (null, null);
        var settings = PluginSettings.For(what.Name, out var problems);
        foreach (var problem in problems)
            warn(problem);
        if (options.Policy.ProcessPerSession)
            return (settings, null);
        string[] parts =
        [
            what.Program,
            facts.ApiEndpoint,
            options.Policy.MaximumTier.ToString(),
            .. options.AllowPrivate.Prepend("private:"),
            .. options.Policy.RequiredIsolation.Prepend("isolation:"),
            .. settings.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key.Length}:{pair.Key}={pair.Value}"),
        ];
        return (settings, string.Join('\n', parts));
    }
}
