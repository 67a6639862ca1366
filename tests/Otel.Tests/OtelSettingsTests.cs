using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Otel.Tests;

public sealed class OtelSettingsTests
{
    [Theory]
    [InlineData("http://localhost:4317", "Grpc")]
    [InlineData("localhost:4317", "Grpc")]
    [InlineData("http://localhost:4318", "Http")]
    [InlineData("https://collector.example/base", "Grpc")]
    public void Read_AnEndpoint_HasTheProtocolOfItsPort(string endpoint, string protocol) =>
        Assert.Equal(protocol, Read(("endpoint", endpoint)).Collector!.Protocol.ToString());

    [Theory]
    [InlineData("endpoint", "ftp://a", "endpoint must be")]
    [InlineData("endpoint", "http://u:p@a", "endpoint must be")]
    [InlineData("protocol", "tcp", "protocol must be grpc or http")]
    [InlineData("role", "both", "role must be server or client")]
    [InlineData("sample", "1.5", "sample must be a number from 0 to 1")]
    [InlineData("sample", "-1", "sample must be a number from 0 to 1")]
    [InlineData("keep_slow", "x", "keep_slow must be")]
    [InlineData("payloads", "full", "payloads must be off or masked")]
    [InlineData("redact_patterns", "(", "redact_patterns")]
    [InlineData("headers", "secret-without-a-name", "headers must be name=value")]
    [InlineData("queue_size", "0", "queue_size must be")]
    [InlineData("metrics_interval", "0", "metrics_interval must be")]
    [InlineData("temporality", "both", "temporality must be cumulative or delta")]
    public void Read_WhatCannotBe_SaysWhy(string name, string value, string message)
    {
        var settings = name == "redact_patterns" ? new[] { ("payloads", "masked"), (name, value) } : [(name, value)];
        var error = Assert.Throws<ArgumentException>(() => Read(settings));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoEndpoint_HasNoCollector() => Assert.Null(Read(("endpoint", " ")).Collector);

    [Fact]
    public void Read_SettingsThatMeanNothing_AreNamed() => Assert.Equal(["a", "b"], Read(("b", "1"), ("a", "2")).Unknown);

    private static OtelSettings Read(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string> { ["endpoint"] = "http://localhost:4317" };
        foreach (var (name, value) in settings)
            all[name] = value;
        return OtelSettings.Read(new PluginConfiguration { StateDirectory = "/tmp", Settings = all });
    }
}
