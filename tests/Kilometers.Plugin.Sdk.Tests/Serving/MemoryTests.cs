using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Serving;

public sealed class MemoryTests
{
    /// <summary>The tests are a program on the SDK like any plugin.</summary>
    [Fact]
    public void Gen0MaxBudget_ProgramOnTheSdk_IsFourMegabytes() =>
        Assert.Equal(4L << 20, GC.GetConfigurationVariables()["GCGen0MaxBudget"]);
}
