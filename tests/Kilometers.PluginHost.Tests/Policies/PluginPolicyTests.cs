using System.Text;
using Kilometers.Contracts;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Tests.Policies;

/// <summary>The merge table of <c>docs/policy.md</c>: a user tightens, never loosens.</summary>
public sealed class PluginPolicyTests
{
    [Theory]
    [InlineData(null, null, true, true)]
    [InlineData("", "", true, true)]
    [InlineData("\"project\": false, \"development\": false", null, false, false)]
    [InlineData("\"project\": false, \"development\": false", "\"project\": true, \"development\": true", false, false)]
    [InlineData("\"project\": true, \"development\": true", "\"project\": false, \"development\": false", false, false)]
    [InlineData(null, "\"project\": false", false, true)]
    [InlineData("\"allow\": []", null, true, false)]
    [InlineData("\"allow\": [], \"development\": true", null, true, true)]
    [InlineData("\"allow\": [], \"development\": true", "\"allow\": []", true, false)]
    [InlineData("\"allow\": []", "\"development\": true", true, false)]
    public void ProjectAndDevelopment_BothMustAllow(string? administrator, string? user, bool project, bool development)
    {
        var policy = Merge(Plugins(administrator), Plugins(user));
        Assert.Equal((project, development), (policy.AllowsProjects, policy.AllowsDevelopment));
    }

    [Theory]
    [InlineData(null, null, "", "Report")]
    [InlineData("\"require\": [\"aa\"]", null, "aa", "End")]
    [InlineData("\"require\": [\"aa\"]", "\"require\": [\"bb\", \"aa\"]", "aa bb", "End")]
    [InlineData("\"require\": [\"aa\"], \"whenRequiredIsLost\": \"report\"", null, "aa", "Report")]
    [InlineData("\"require\": [\"aa\"]", "\"whenRequiredIsLost\": \"report\"", "aa", "End")]
    [InlineData("\"require\": [\"aa\"], \"whenRequiredIsLost\": \"report\"", "\"require\": [\"bb\"]", "aa bb", "End")]
    [InlineData("\"require\": []", "\"require\": [\"bb\"], \"whenRequiredIsLost\": \"report\"", "bb", "Report")]
    public void Required_IsWhatEitherRequires(string? administrator, string? user, string required, string lost)
    {
        var policy = Merge(Plugins(administrator), Plugins(user));
        Assert.Equal(required, string.Join(' ', policy.RequiredPlugins.Select(rule => rule.Name)));
        Assert.Equal(lost, policy.WhenRequiredIsLost.ToString());
    }

    [Theory]
    [InlineData(null, null, Tier.Enterprise, null)]
    [InlineData("\"maximum\": \"Pro\"", "\"maximum\": \"Enterprise\"", Tier.Pro, null)]
    [InlineData("\"maximum\": \"Pro\"", "\"maximum\": \"Free\"", Tier.Free, null)]
    [InlineData("\"features\": [\"a\", \"b\"]", "\"features\": [\"b\", \"c\"]", Tier.Enterprise, "b")]
    [InlineData("\"features\": [\"a\"]", null, Tier.Enterprise, "a")]
    [InlineData(null, "\"features\": []", Tier.Enterprise, "")]
    public void Tier_IsTheLowerOfBoth(string? administrator, string? user, Tier tier, string? features)
    {
        var policy = Merge(In("tier", administrator), In("tier", user));
        Assert.Equal(tier, policy.MaximumTier);
        Assert.Equal(features, policy.AllowedFeatures is { } allowed ? string.Join(' ', allowed) : null);
    }

    [Theory]
    [InlineData(null, null, "")]
    [InlineData("\"require\": [\"L3\"]", "\"require\": [\"L1\"]", "L1 L3")]
    [InlineData("\"require\": [\"L3\"]", "\"require\": []", "L3")]
    public void Isolation_IsWhatEitherRequires(string? administrator, string? user, string layers) =>
        Assert.Equal(layers, string.Join(' ', Merge(In("isolation", administrator), In("isolation", user)).RequiredIsolation));

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("\"plugin-process\": \"shared\"", null, false)]
    [InlineData("\"plugin-process\": \"session\"", "\"plugin-process\": \"shared\"", true)]
    [InlineData("\"plugin-process\": \"shared\"", "\"plugin-process\": \"session\"", true)]
    public void ProcessPerSession_IsWhatEitherDemands(string? administrator, string? user, bool isDemanded) =>
        Assert.Equal(isDemanded, Merge(In("isolation", administrator), In("isolation", user)).ProcessPerSession);

    [Theory]
    [InlineData("\"require\": [\"L3\"]", "\"require\": [\"L1\"]", "L0 L1 L3", null)]
    [InlineData("\"require\": [\"L3\"]", "\"require\": [\"L1\"]", "L0 L1", "L3")]
    [InlineData("\"require\": [\"L3\"]", "\"require\": [\"L1\"]", "L0 L3", "L1")]
    [InlineData(null, null, "", null)]
    public void CheckIsolation_OfLayers_RefusesWhereOneIsMissing(string? administrator, string? user, string layers, string? missing)
    {
        var refusal = PolicyGate.CheckIsolation(Merge(In("isolation", administrator), In("isolation", user)), "aa", layers.Split(' '));
        Assert.Equal(missing is null ? null : ErrorCode.PolicyIsolation, refusal?.Code);
        Assert.Contains(missing ?? "", refusal?.Summary ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, "")]
    [InlineData(null, "\"allowPrivate\": [\"a:1\"]", "a:1")]
    [InlineData("\"allowPrivate\": [\"a:1\", \"b:1\"]", null, "a:1 b:1")]
    [InlineData("\"allowPrivate\": [\"a:1\", \"b:1\"]", "\"allowPrivate\": [\"b:1\", \"c:1\"]", "b:1")]
    [InlineData("\"allowPrivate\": []", "\"allowPrivate\": [\"a:1\"]", "")]
    [InlineData("", "\"allowPrivate\": [\"a:1\"]", "")]
    public void AllowPrivate_IsGrantedByTheAdministratorWhereThereIsOne(string? administrator, string? user, string addresses) =>
        Assert.Equal(addresses, string.Join(' ', Merge(In("network", administrator), In("network", user)).AllowPrivate));

    [Theory]
    [InlineData(null, null, false, false, 1024)]
    [InlineData("\"guaranteed\": \"all\", \"limitMegabytes\": 5", null, true, true, 5)]
    [InlineData("\"guaranteed\": [\"aa\"]", "\"limitMegabytes\": 7", true, true, 7)]
    [InlineData("\"guaranteed\": [\"bb\"], \"limitMegabytes\": 5", "\"guaranteed\": [\"aa\"], \"limitMegabytes\": 7", true, true, 5)]
    [InlineData("\"wishes\": true", null, false, true, 1024)]
    [InlineData("\"wishes\": true", "\"wishes\": false", false, false, 1024)]
    [InlineData("\"wishes\": false", "\"wishes\": true", false, false, 1024)]
    [InlineData("", "\"wishes\": true", false, true, 1024)]
    public void Delivery_IsGuaranteedWhereEitherDemandsIt(string? administrator, string? user, bool unwished, bool wished, long megabytes)
    {
        var policy = Merge(In("delivery", administrator), In("delivery", user));
        Assert.Equal((unwished, wished), (policy.Guarantees("aa", wishes: false), policy.Guarantees("aa", wishes: true)));
        Assert.Equal(megabytes << 20, policy.SpillLimit);
    }

    private static string? Plugins(string? members) => In("plugins", members);

    private static string? In(string member, string? members) =>
        members is null ? null : $$"""{"version": 1, "{{member}}": { {{members}} } }""";

    private static PluginPolicy Merge(string? administrator, string? user) =>
        new()
        {
            Documents =
            [
                .. new[] { (administrator, PolicyAuthor.Administrator), (user, PolicyAuthor.User) }
                    .Where(file => file.Item1 is not null)
                    .Select(file => PolicyReader.Read(Encoding.UTF8.GetBytes(file.Item1!), file.Item2, "p")),
            ],
        };
}
