using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Installation;

public sealed class DisabledPluginsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Set_DisabledAndEnabled_IsRemembered()
    {
        var disabled = new DisabledPlugins(_folder["disabled"]);
        Assert.Empty(disabled.Read());
        disabled.Set("never-there", isDisabled: false);
        disabled.Set("api-logger", isDisabled: true);
        disabled.Set("api-logger", isDisabled: true);
        Assert.Equal(["api-logger"], new DisabledPlugins(_folder["disabled"]).Read());
        disabled.Set("api-logger", isDisabled: false);
        Assert.False(disabled.Contains("api-logger"));
    }

    [Fact]
    public void Read_WhatIsNoName_IsNoPlugin()
    {
        Directory.CreateDirectory(_folder["disabled"]);
        File.WriteAllText(Path.Combine(_folder["disabled"], "api-logger.new-12345678"), "");
        File.WriteAllText(Path.Combine(_folder["disabled"], ".x"), "");
        Assert.Empty(new DisabledPlugins(_folder["disabled"]).Read());
    }

    [Fact]
    public void Read_ThatCannotBeTold_IsAnErrorAndNotNone()
    {
        File.WriteAllText(_folder["disabled"], "no directory");
        Assert.Equal(
            ErrorCode.InvalidConfiguration,
            Assert.Throws<KmException>(() => new DisabledPlugins(_folder["disabled"]).Read()).Error.Code
        );
    }
}
