using Kilometers.Contracts;

namespace Kilometers.PluginHost.Policies;

/// <summary>Whose policy it is.</summary>
internal enum PolicyAuthor
{
    /// <summary>The administrator's: users can tighten it, never loosen it.</summary>
    Administrator = 0,

    /// <summary>The user's own.</summary>
    User,
}

/// <summary>What one file says. Null where it says nothing about a matter. The members stand in <c>docs/policy.md</c>.</summary>
internal sealed record PolicyDocument
{
    public required PolicyAuthor Author { get; init; }

    public required string Path { get; init; }

    public IReadOnlyList<PluginRule>? AllowedPlugins { get; init; }

    public IReadOnlyList<PluginRule>? DeniedPlugins { get; init; }

    public IReadOnlyList<PluginRule>? RequiredPlugins { get; init; }

    public LossAction? WhenRequiredIsLost { get; init; }

    public bool? ProjectPlugins { get; init; }

    public bool? DevelopmentPlugins { get; init; }

    public IReadOnlyList<PublisherRule>? AllowedPublishers { get; init; }

    public IReadOnlyList<PublisherRule>? DeniedPublishers { get; init; }

    public Tier? MaximumTier { get; init; }

    public IReadOnlyList<string>? AllowedFeatures { get; init; }

    /// <summary>Layers of isolation that every plugin must have, <c>L0</c> to <c>L3</c>.</summary>
    public IReadOnlyList<string>? RequiredIsolation { get; init; }

    /// <summary>Whether each session has plugin processes of its own.</summary>
    public bool? ProcessPerSession { get; init; }

    /// <summary>Private addresses, <c>host:port</c>, that plugins with a network grant may reach.</summary>
    public IReadOnlyList<string>? AllowPrivate { get; init; }

    public GuaranteeRule? Guaranteed { get; init; }

    /// <summary>Whether a plugin's own wish for guaranteed delivery is granted.</summary>
    public bool? GrantsWishes { get; init; }

    /// <summary>The most that may lie on disk for one plugin, in bytes.</summary>
    public long? SpillLimit { get; init; }

    /// <summary>Who decides about which requests.</summary>
    public IReadOnlyList<InterceptGrant>? Intercepting { get; init; }

    /// <summary>Unsigned plugins have neither name nor publisher that could be held against a list: where there is one, they must be allowed expressly.</summary>
    public bool AllowsDevelopment => DevelopmentPlugins ?? (AllowedPlugins is null && AllowedPublishers is null);
}
