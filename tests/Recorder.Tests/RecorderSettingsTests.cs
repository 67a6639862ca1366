using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Recorder.Tests;

public sealed class RecorderSettingsTests
{
    [Fact]
    public void Read_NoSettings_MasksAndKeepsAGigabyteFor30Days()
    {
        var settings = Read();
        Assert.Equal(Payloads.Masked, settings.Payloads);
        Assert.Equal(1_000_000_000, settings.Options.MaxBytes);
        Assert.Equal(TimeSpan.FromDays(30), settings.Options.MaxAge);
        Assert.Empty(settings.Unknown);
    }

    [Fact]
    public void Read_Settings_AreTaken()
    {
        var settings = Read(("payloads", "full"), ("max_size", "64"), ("max_age", "7"), ("payload", "off"));
        Assert.Equal(Payloads.Full, settings.Payloads);
        Assert.Equal(64_000_000, settings.Options.MaxBytes);
        Assert.Equal(TimeSpan.FromDays(7), settings.Options.MaxAge);
        Assert.Equal(["payload"], settings.Unknown);
    }

    [Theory]
    [InlineData("payloads", "some", "payloads must be masked, off or full: 'some'.")]
    [InlineData("max_size", "15", "max_size must be a whole number of megabytes from 16 to 1000: '15'.")]
    [InlineData("max_age", "soon", "max_age must be a whole number of days from 1 to 3650: 'soon'.")]
    public void Read_InvalidSetting_SaysWhatItMayBe(string name, string value, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Read((name, value))).Message);

    [Fact]
    public void Read_NoStateDirectory_SaysWhatToDo() =>
        Assert.Contains(
            "km plugins install recorder",
            Assert.Throws<ArgumentException>(() => RecorderSettings.Read(new PluginConfiguration())).Message,
            StringComparison.Ordinal
        );

    private static RecorderSettings Read(params (string Name, string Value)[] settings) =>
        RecorderSettings.Read(
            new PluginConfiguration
            {
                StateDirectory = "/state",
                Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value),
            }
        );
}
