using Kilometers.Contracts;
using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Policies;

/// <summary>
/// What holds on this machine for this user: the administrator's policy and the user's own, where there are any. Every question is put to
/// each of them and all must agree, so that a user can tighten what the administrator decided and never loosen it.
/// </summary>
internal sealed record PluginPolicy
{
    private const long DefaultSpillLimit = 1L << 30;

    /// <summary>Nobody decided anything.</summary>
    public static PluginPolicy None { get; } = new() { Documents = [] };

    /// <summary>The policies that could be used, the administrator's first.</summary>
    public required IReadOnlyList<PolicyDocument> Documents { get; init; }

    /// <summary>Files that are there and cannot be used. While there is one, no plugin runs and none is installed.</summary>
    public IReadOnlyList<KmError> Problems { get; init; } = [];

    /// <summary>Why no session may be started at all: the administrator's policy cannot be used, and might require plugins. Null if one may.</summary>
    public KmError? Refusal { get; init; }

    /// <summary>The plugins without which no session runs: what either requires.</summary>
    public IReadOnlyList<PluginRule> RequiredPlugins => [.. Documents.SelectMany(document => document.RequiredPlugins ?? []).Distinct()];

    /// <summary>Whether a plugin must not be switched off.</summary>
    /// <returns>Why; null if it may be.</returns>
    public KmError? WhyKept(string plugin) =>
        RequiredPlugins.Any(rule => rule.Name == plugin)
            ? new KmError(
                ErrorCode.RequiredPluginKept,
                $"Plugin '{plugin}' is required by policy and stays on",
                Hint: "See: km policy show"
            )
            : null;

    /// <summary>What becomes of a session that loses one of them: only if nobody wants its end it goes on.</summary>
    public LossAction WhenRequiredIsLost =>
        Documents
            .Where(document => document.RequiredPlugins is { Count: > 0 })
            .All(document => document.WhenRequiredIsLost == LossAction.Report)
            ? LossAction.Report
            : LossAction.End;

    /// <summary>Whether a project's own plugins may run, where the user trusts them.</summary>
    public bool AllowsProjects => Documents.All(document => document.ProjectPlugins != false);

    /// <summary>Whether <c>--dev-plugin</c> may be used.</summary>
    public bool AllowsDevelopment => Documents.All(document => document.AllowsDevelopment);

    /// <summary>The highest tier that plugins may use.</summary>
    public Tier MaximumTier => Documents.Select(document => document.MaximumTier ?? Tier.Enterprise).DefaultIfEmpty(Tier.Enterprise).Min();

    /// <summary>The features that plugins may use; null: all.</summary>
    public IReadOnlyList<string>? AllowedFeatures => Common(document => document.AllowedFeatures);

    /// <summary>The layers of isolation without which no plugin runs, <c>L0</c> to <c>L3</c>, in order.</summary>
    public IReadOnlyList<string> RequiredIsolation =>
        [.. Documents.SelectMany(document => document.RequiredIsolation ?? []).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Whether each session has plugin processes of its own: as soon as somebody says so.</summary>
    public bool ProcessPerSession => Documents.Any(document => document.ProcessPerSession == true);

    /// <summary>
    /// Private addresses, <c>host:port</c>, that plugins which have a network grant for them may reach; none unless said. Under an
    /// administrator's policy a user can only take from what that grants.
    /// </summary>
    public IReadOnlyList<string> AllowPrivate =>
        Documents.Any(document => document is { Author: PolicyAuthor.Administrator, AllowPrivate: null })
            ? []
            : Common(document => document.AllowPrivate) ?? [];

    /// <summary>Whether one of the policies says that a plugin's traffic must rather be put on disk than dropped, or grants that wish of its own.</summary>
    /// <param name="plugin">The plugin's name.</param>
    /// <param name="wishes">Whether its manifest asks for it.</param>
    public bool Guarantees(string plugin, bool wishes) =>
        Documents.Any(document => document.Guaranteed?.Covers(plugin) == true) || (wishes && GrantsWishes);

    /// <summary>Whether there can be a plugin whose delivery is guaranteed, whichever plugins there are.</summary>
    public bool MayGuarantee =>
        GrantsWishes || Documents.Any(document => document.Guaranteed is { IsForAll: true } or { Plugins.Count: > 0 });

    /// <summary>Whether plugins get guaranteed delivery because they ask for it: somebody says so, and nobody objects.</summary>
    public bool GrantsWishes =>
        Documents.Any(document => document.GrantsWishes == true) && Documents.All(document => document.GrantsWishes != false);

    /// <summary>Who decides about which requests before the server sees them, in the policy's order.</summary>
    public IReadOnlyList<InterceptGrant> Intercepting => [.. Documents.SelectMany(document => document.Intercepting ?? [])];

    /// <summary>Whether a manifest's plugin decides about requests, if the entitlement covers that.</summary>
    public bool MayIntercept(PluginManifest? manifest) =>
        manifest is { Capabilities.Intercept: true } && Intercepting.Any(grant => grant.Plugin.Name == manifest.Name);

    /// <summary>The most that may lie on disk for one plugin, in bytes.</summary>
    public long SpillLimit =>
        Documents.Select(document => document.SpillLimit ?? long.MaxValue).DefaultIfEmpty(long.MaxValue).Min()
            is var least
                and < long.MaxValue
            ? least
            : DefaultSpillLimit;

    private List<string>? Common(Func<PolicyDocument, IReadOnlyList<string>?> member)
    {
        var lists = Documents.Select(member).Where(list => list is not null).ToList();
        return lists.Count == 0
            ? null
            : [.. lists[0]!.Where(item => lists.TrueForAll(list => list!.Contains(item, StringComparer.Ordinal)))];
    }
}
