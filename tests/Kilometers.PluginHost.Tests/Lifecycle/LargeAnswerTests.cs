using Kilometers.Contracts;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Lifecycle;

namespace Kilometers.PluginHost.Tests.Lifecycle;

/// <summary>What a plugin answers is bounded before it is read, and its texts before they are kept.</summary>
public sealed class LargeAnswerTests
{
    [Fact]
    public async Task An_answer_above_1_MiB_is_not_taken()
    {
        await using var plugin = new HostedPlugin("export TESTPLUGIN_NAME_LENGTH=1100000");
        await plugin.UntilAsync(now => now.LastError is not null);
        var error = plugin.Now.LastError!;
        Assert.Equal(ErrorCode.PluginContract, error.Code);
        Assert.Contains("ResourceExhausted", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_explanation_is_cut()
    {
        await using var plugin = new HostedPlugin("export TESTPLUGIN_DENY=$(head -c 100000 /dev/zero | tr '\\0' x)");
        await plugin.UntilAsync(now => now.State == PluginState.Error);
        var error = plugin.Now.LastError!;
        Assert.Equal(ErrorCode.PluginDenied, error.Code);
        Assert.Equal(WireText.MaxLength + 1, error.Detail!.Length);
    }

    [Theory]
    [InlineData("PLG_TIER_001", true)]
    [InlineData("ACME_42", true)]
    [InlineData("", false)]
    [InlineData("_X", false)]
    [InlineData("plg_tier_001", false)]
    [InlineData("PLG_TIER_001_AND_MORE", false)]
    [InlineData("PLG\u001b[31m", false)]
    public void IsErrorCode_OnlyTheForm_IsTrue(string text, bool isCode) => Assert.Equal(isCode, WireText.IsErrorCode(text));
}
