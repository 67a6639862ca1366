using System.Globalization;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;

namespace Kilometers.Cli.Commands;

/// <summary>The policies as <c>km policy show</c> shows them; also its JSON.</summary>
internal sealed record PolicyListing
{
    public required IReadOnlyList<PolicyFileListing> Files { get; init; }

    public required IReadOnlyList<PolicyMemberListing> Members { get; init; }

    public required IReadOnlyList<KmError> Problems { get; init; }

    public static PolicyListing From(PluginPaths paths, PluginPolicy policy) =>
        new()
        {
            Files =
            [
                .. new[]
                {
                    (Path: paths.SystemPolicy, Author: PolicyAuthor.Administrator),
                    (Path: (string?)paths.Policy, Author: PolicyAuthor.User),
                }
                    .Where(file => file.Path is not null)
                    .Select(file => new PolicyFileListing(file.Path!, Name(file.Author), StateOf(file.Path!, policy))),
            ],
            Members = [.. Describe(policy)],
            Problems = policy.Problems,
        };

    private static string StateOf(string path, PluginPolicy policy) =>
        policy.Documents.Any(document => document.Path == path) ? "used"
        : FileKind.IsMissing(path) ? "none"
        : "broken";

    private static IEnumerable<PolicyMemberListing> Describe(PluginPolicy policy)
    {
        yield return Member(
            "plugins.allow",
            document => Texts(document.AllowedPlugins),
            Both(policy.Documents.Select(document => document.AllowedPlugins).ToList(), rule => rule.Name) ?? ["all"]
        );
        yield return Member("plugins.deny", document => Texts(document.DeniedPlugins), All(document => Texts(document.DeniedPlugins)));
        yield return Member("plugins.require", document => Texts(document.RequiredPlugins), Texts(policy.RequiredPlugins)!);
        yield return Member(
            "plugins.whenRequiredIsLost",
            document => One(document.WhenRequiredIsLost),
            One<LossAction>(policy.RequiredPlugins.Count == 0 ? LossAction.End : policy.WhenRequiredIsLost)!
        );
        yield return Member("plugins.project", document => Flag(document.ProjectPlugins), Flag(policy.AllowsProjects)!);
        yield return Member("plugins.development", document => Flag(document.DevelopmentPlugins), Flag(policy.AllowsDevelopment)!);
        yield return Member(
            "publishers.allow",
            document => Texts(document.AllowedPublishers),
            Both(policy.Documents.Select(document => document.AllowedPublishers).ToList(), rule => rule.ToString()) ?? ["all"]
        );
        yield return Member(
            "publishers.deny",
            document => Texts(document.DeniedPublishers),
            All(document => Texts(document.DeniedPublishers))
        );
        yield return Member("tier.maximum", document => One(document.MaximumTier), One<Tier>(policy.MaximumTier)!);
        yield return Member("tier.features", document => document.AllowedFeatures, policy.AllowedFeatures ?? ["all"]);
        yield return Member("isolation.require", document => document.RequiredIsolation, policy.RequiredIsolation);
        yield return Member(
            "isolation.plugin-process",
            document => Process(document.ProcessPerSession),
            Process(policy.ProcessPerSession)!
        );
        yield return Member("network.allowPrivate", document => document.AllowPrivate, policy.AllowPrivate);
        yield return Member(
            "delivery.guaranteed",
            document => Guarantee(document.Guaranteed),
            policy.Documents.Any(document => document.Guaranteed?.IsForAll == true)
                ? ["all"]
                : All(document => Guarantee(document.Guaranteed))
        );
        yield return Member("delivery.wishes", document => Flag(document.GrantsWishes), Flag(policy.GrantsWishes)!);
        yield return Member("delivery.limitMegabytes", document => Megabytes(document.SpillLimit), Megabytes(policy.SpillLimit)!);
        yield return Member("intercept", document => Grants(document.Intercepting), Grants(policy.Intercepting)!);

        PolicyMemberListing Member(string name, Func<PolicyDocument, IReadOnlyList<string>?> value, IReadOnlyList<string> effective) =>
            new()
            {
                Name = name,
                Effective = effective,
                Administrator = Of(PolicyAuthor.Administrator, value),
                User = Of(PolicyAuthor.User, value),
            };

        static List<string>? Grants(IReadOnlyList<InterceptGrant>? grants) => grants?.Select(grant => grant.ToString()).ToList();

        static IReadOnlyList<string>? Process(bool? perSession) =>
            perSession is not { } own ? null
            : own ? ["session"]
            : ["shared"];

        IReadOnlyList<string>? Of(PolicyAuthor author, Func<PolicyDocument, IReadOnlyList<string>?> value) =>
            policy.Documents.FirstOrDefault(document => document.Author == author) is { } document ? value(document) : null;

        List<string> All(Func<PolicyDocument, IReadOnlyList<string>?> value) =>
            [.. policy.Documents.SelectMany(document => value(document) ?? []).Distinct()];
    }

    /// <summary>What two lists allow: where both name the same plugin, both conditions hold.</summary>
    private static List<string>? Both<T>(List<IReadOnlyList<T>?> lists, Func<T, string> key)
        where T : class
    {
        var given = lists.OfType<IReadOnlyList<T>>().ToList();
        return given switch
        {
            [] => null,
            [var one] => [.. one.Select(rule => rule.ToString()!)],
            _ =>
            [
                .. given[0]
                    .SelectMany(first =>
                        given[1]
                            .Where(second => key(first) == key(second))
                            .Select(second => first.Equals(second) ? first.ToString()! : $"{first} and {second}")
                    ),
            ],
        };
    }

    private static List<string>? Texts<T>(IReadOnlyList<T>? rules)
        where T : class => rules is null ? null : [.. rules.Select(rule => rule.ToString()!)];

    private static List<string>? One<T>(T? value)
        where T : struct, Enum =>
        value is { } known ? [typeof(T) == typeof(LossAction) ? known.ToString().ToLowerInvariant() : known.ToString()] : null;

    private static List<string>? Flag(bool? value) => value is { } known ? [known ? "true" : "false"] : null;

    private static List<string>? Megabytes(long? bytes) =>
        bytes is { } known ? [(known >> 20).ToString(CultureInfo.InvariantCulture)] : null;

    private static IReadOnlyList<string>? Guarantee(GuaranteeRule? rule) =>
        rule is null ? null
        : rule.IsForAll ? ["all"]
        : rule.Plugins;

    private static string Name(PolicyAuthor author) => author.ToString().ToLowerInvariant();
}

/// <summary>One place where a policy may stand.</summary>
/// <param name="Path">The file.</param>
/// <param name="Author"><c>administrator</c> or <c>user</c>.</param>
/// <param name="State"><c>used</c>, <c>none</c> or <c>broken</c>.</param>
internal sealed record PolicyFileListing(string Path, string Author, string State);

/// <summary>One member of a policy: what holds, and what each file says; null where it says nothing.</summary>
internal sealed record PolicyMemberListing
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Effective { get; init; }

    public IReadOnlyList<string>? Administrator { get; init; }

    public IReadOnlyList<string>? User { get; init; }
}
