using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Analytics.Tests;

public sealed class AnalyticsSettingsTests
{
    [Fact]
    public void Read_NoSettings_Keeps100MegabytesFor90Days()
    {
        var settings = Read();
        Assert.Equal((100_000_000, 90, 10), (settings.Options.MaxBytes, settings.Options.MaxAge.TotalDays, settings.AlarmRate));
        Assert.Empty(settings.Unknown);
    }

    [Fact]
    public void Read_Settings_AreTaken()
    {
        var settings = Read(("max_size", "8"), ("max_age", "7"), ("alarm_rate", "0"), ("max_sise", "9"));
        Assert.Equal((8_000_000, 7, 0), (settings.Options.MaxBytes, settings.Options.MaxAge.TotalDays, settings.AlarmRate));
        Assert.Equal(["max_sise"], settings.Unknown);
    }

    [Theory]
    [InlineData("max_size", "7", "max_size must be a whole number of megabytes from 8 to 1000: '7'.")]
    [InlineData("max_age", "soon", "max_age must be a whole number of days from 1 to 3650: 'soon'.")]
    [InlineData("alarm_rate", "1001", "alarm_rate must be a whole number of alarms per 1,000 hours from 0 to 1000: '1001'.")]
    public void Read_WhatCannotBe_SaysWhatItMayBe(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Read((name, value))).Message);

    [Fact]
    public void Read_NoStateDirectory_SaysSo() =>
        Assert.Contains(
            "state directory",
            Assert.Throws<ArgumentException>(() => AnalyticsSettings.Read(new PluginConfiguration())).Message,
            StringComparison.Ordinal
        );

    private static AnalyticsSettings Read(params (string Name, string Value)[] settings) =>
        AnalyticsSettings.Read(
            new PluginConfiguration { StateDirectory = "/tmp", Settings = settings.ToDictionary(one => one.Name, one => one.Value) }
        );
}
