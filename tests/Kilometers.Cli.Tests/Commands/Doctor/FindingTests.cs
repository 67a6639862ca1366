using Kilometers.Cli.Commands.Doctor;
using Kilometers.PluginHost.Launch;
using Kilometers.Processes.Isolation;

namespace Kilometers.Cli.Tests.Commands.Doctor;

public sealed class FindingTests
{
    [Theory]
    [InlineData(4, "Ok")]
    [InlineData(-4, "Ok")]
    [InlineData(6, "Error")]
    [InlineData(-6, "Error")]
    public void Clock_Difference_IsAnErrorFromFiveMinutesOn(int minutes, string severity) =>
        Assert.Equal(severity, ApiCheck.Clock(TimeSpan.FromMinutes(minutes)).Severity.ToString());

    [Fact]
    public void Isolation_AKernelWithoutLandlock_Warns() =>
        Assert.Contains(
            IsolationCheck.Find(IsolationReport.Create(new SandboxProfile { Confine = false }, new SandboxSupport(0, true), "none")),
            finding => finding is { Severity: Severity.Warning, Code: "PLG_ISO_002" }
        );

    [Fact]
    public void Isolation_OnlyControlGroupsMissing_IsUsual() =>
        Assert.All(
            IsolationCheck.Find(IsolationReport.Create(new SandboxProfile { Confine = true }, new SandboxSupport(99, true), "none")),
            finding => Assert.Equal(Severity.Ok, finding.Severity)
        );

    [Fact]
    public void Of_NothingDecided_IsAnError() => Assert.Equal(Severity.Error, default);

    [Fact]
    public void Of_WarningsOnly_ExitsWithZero() => Assert.Equal(0, DoctorReport.Of([Finding.Warning("w")], default).ExitStatus);
}
