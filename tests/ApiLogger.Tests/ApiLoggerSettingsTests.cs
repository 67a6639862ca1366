using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.ApiLogger.Tests;

public sealed class ApiLoggerSettingsTests
{
    private static readonly string State = Path.GetTempPath();

    [Fact]
    public void Read_NothingSet_HasTheDefaultsOfTheDocuments()
    {
        var settings = ApiLoggerSettings.Read(new() { ApiEndpoint = "https://api.example.com/base/", StateDirectory = State });
        Assert.Equal("https://api.example.com/base/api/events/batch", settings.Endpoint.ToString());
        Assert.Equal(Path.Combine(State, "spool"), settings.SpoolDirectory);
        Assert.Equal(new(256 << 20, 4 << 20, FlushEach: false), settings.SpoolLimits);
        Assert.Equal(new(100, 1 << 20, TimeSpan.FromSeconds(1)), settings.BatchLimits);
        Assert.Equal(Capture.Full, settings.Capture);
        Assert.Empty(settings.Unknown);
    }

    [Theory]
    [InlineData("endpoint", "ftp://x", "endpoint")]
    [InlineData("endpoint", "api.example.com", "endpoint")]
    [InlineData("endpoint", "http://api.example.com", "https")]
    [InlineData("endpoint", "http://127.0.0.1.example.com", "https")]
    [InlineData("endpoint", "https://me:pw@api.example.com", "user")]
    [InlineData("endpoint", "https://api.example.com?x=1", "query")]
    [InlineData("spool_directory", "relative/path", "absolute")]
    [InlineData("spool_size", "0", "megabytes from 1 to 65536")]
    [InlineData("spool_size", "256MB", "megabytes from 1 to 65536")]
    [InlineData("durability", "yes", "batch or message")]
    [InlineData("capture", "Full", "full, metadata or off")]
    [InlineData("capture", "none", "full, metadata or off")]
    [InlineData("redact_patterns", "ok\n(", "'('")]
    [InlineData("redact_patterns", "x*", "empty text")]
    [InlineData("batch_events", "1001", "events from 1 to 1000")]
    [InlineData("batch_size", "-1", "kilobytes")]
    [InlineData("batch_time", "1s", "milliseconds")]
    public void Read_InvalidValue_IsRefusedByNameAndRange(string name, string value, string expected)
    {
        var exception = Assert.Throws<ArgumentException>(() => Read((name, value)));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NowhereToKeepMessages_IsRefused() =>
        Assert.Contains(
            "spool_directory",
            Assert.Throws<ArgumentException>(() => ApiLoggerSettings.Read(new() { ApiEndpoint = "https://api.example.com" })).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_NoEndpoint_IsRefused() =>
        Assert.Contains(
            "endpoint",
            Assert.Throws<ArgumentException>(() => ApiLoggerSettings.Read(new() { StateDirectory = State })).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("http://localhost:5000")]
    [InlineData("http://127.0.0.1:5000")]
    [InlineData("http://[::1]:5000")]
    public void Read_PlainHttpOnThisMachine_IsTaken(string endpoint) =>
        Assert.EndsWith("/api/events/batch", Read(("endpoint", endpoint)).Endpoint.ToString(), StringComparison.Ordinal);

    [Fact]
    public void Read_ASlipOfThePen_IsNamed() => Assert.Equal(["captrue"], Read(("captrue", "off"), ("durability", "message")).Unknown);

    [Fact]
    public void Read_Redaction_IsUsed()
    {
        var settings = Read(("redact_keys", "badge, pin"), ("redact_patterns", "EMP[0-9]{6}\nproject \\w+"));
        Assert.Equal("badge=*** *** ***", settings.Redactor.Redact("badge=7 EMP123456 project falcon"));
    }

    private static ApiLoggerSettings Read(params (string Name, string Value)[] values) =>
        ApiLoggerSettings.Read(
            new PluginConfiguration
            {
                ApiEndpoint = "https://api.example.com",
                StateDirectory = State,
                Settings = values.ToDictionary(pair => pair.Name, pair => pair.Value),
            }
        );
}
