using System.Reflection;
using Kilometers.Contracts.Packages;
using Kilometers.PluginHost.Consent;

namespace Kilometers.PluginHost.Tests.Consent;

/// <summary>What a manifest asks for beyond what the user agreed to.</summary>
public sealed class PluginPermissionsTests
{
    /// <summary>Everything that a manifest can ask for, by name, from its own types: a new member cannot be forgotten.</summary>
    public static TheoryData<string> Members =>
        [
            .. new[] { typeof(PluginCapabilities), typeof(ResourceLimits) }
                .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                .Select(member => member.Name),
        ];

    [Theory]
    [MemberData(nameof(Members))]
    public void GainOver_AnythingThatAManifestAsksFor_IsAGain(string member)
    {
        var (capabilities, limits) = (new PluginCapabilities(), new ResourceLimits());
        object owner = typeof(PluginCapabilities).GetProperty(member) is null ? limits : capabilities;
        var property = owner.GetType().GetProperty(member)!;
        property.SetValue(owner, Wide(property.PropertyType));
        var asked = PluginPermissions.Of(Manifest(capabilities, limits));
        var gain = asked.GainOver(PluginPermissions.Of(Manifest(new(), new())));
        Assert.NotNull(gain);
        Assert.Single(gain.Describe(null));
        Assert.Null(asked.GainOver(asked));
        Assert.Null(PluginPermissions.Of(Manifest(new(), new())).GainOver(asked));
    }

    [Fact]
    public void GainOver_MoreHosts_IsOnlyThese()
    {
        var agreed = new PluginPermissions { Network = ["a.example.com:443"], StateDirectory = true };
        var asked = new PluginPermissions { Network = ["a.example.com:443", "a.example.com:8443"], StateDirectory = true };
        Assert.Equal(["connect to a.example.com:8443"], asked.GainOver(agreed)?.Describe(null));
    }

    [Fact]
    public void GainOver_ALimitThatIsTheDefault_IsNone()
    {
        Assert.Null(
            new PluginPermissions
            {
                MemoryBytes = 512 << 20,
                CpuPercent = 200,
                OpenFiles = 1024,
            }.GainOver(new())
        );
        Assert.Equal(["use 512 MiB of memory"], new PluginPermissions().GainOver(new() { MemoryBytes = 64 << 20 })?.Describe(null));
    }

    [Fact]
    public void DescribeTraffic_NamesEveryHost()
    {
        var text = new PluginPermissions { Network = ["a.example.com:443", NetworkEntry.KilometersApi] }.DescribeTraffic(
            "https://km.example.com"
        );
        Assert.Contains("a.example.com:443", text, StringComparison.Ordinal);
        Assert.Contains("https://km.example.com", text, StringComparison.Ordinal);
        Assert.DoesNotContain("leave", new PluginPermissions().DescribeTraffic(null), StringComparison.Ordinal);
    }

    private static object Wide(Type type) =>
        type switch
        {
            _ when type == typeof(bool) => true,
            _ when type == typeof(long?) => 16L << 30,
            _ when type == typeof(int?) => 5000,
            _ => new[] { "a.example.com:443" },
        };

    private static PluginManifest Manifest(PluginCapabilities capabilities, ResourceLimits limits) =>
        new()
        {
            Name = "logger",
            Version = "1.0.0",
            ReleaseSequence = 1,
            Description = "",
            Author = "",
            Category = "logging",
            RequiredTier = "Free",
            ProtocolVersions = [2],
            MinimumCliVersion = "1.0.0",
            Entrypoint = "logger",
            Os = "linux",
            Arch = "x64",
            PayloadSize = 1,
            Files = [],
            Build = new BuildOrigin
            {
                Source = "",
                Commit = "",
                Time = DateTimeOffset.UnixEpoch,
            },
            Capabilities = capabilities,
            Limits = limits,
        };
}
