using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Installation;

public sealed class HostPolicyTests
{
    [Theory]
    [InlineData("km_live_abc123_secret", "abc123")]
    [InlineData("km_test_k1_s", "k1")]
    [InlineData("km_live_abc123", null)]
    [InlineData("km_live__secret", null)]
    [InlineData("km_live_abc_", null)]
    [InlineData("km_other_abc_secret", null)]
    [InlineData("sk_live_abc_secret", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void ApiKeyId_OfAKey_IsItsPublicPart(string? key, string? id) => Assert.Equal(id, HostPolicy.ApiKeyId(key));
}
