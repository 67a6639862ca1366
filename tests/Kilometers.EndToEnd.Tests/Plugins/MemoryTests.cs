using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>How much piles up before the garbage collector looks does not depend on the machine's caches.</summary>
public sealed class MemoryTests
{
    private const int Plugin = 4 << 20;

    public static TheoryData<string, int> Budgets =>
        new()
        {
            { Programs.Km, 256 << 10 },
            { Programs.KmHost, 16 << 20 },
            { Programs.Kmpkg, Plugin },
            { Programs.KmApi, 64 << 20 },
            { Programs.ConsoleLogger, Plugin },
            { Programs.ApiLogger, Plugin },
            { Programs.HostBench, 16 << 20 },
            { Programs.TestPlugin, Plugin },
            { Programs.TestMcpServer, Plugin },
            { Programs.McpServer, Plugin },
        };

    [Theory]
    [MemberData(nameof(Budgets))]
    public void A_program_has_its_limit(string program, int budget)
    {
        // In a program that is compiled when it runs the setting is in a file beside it; in a published one it is within.
        var beside = program + ".runtimeconfig.json";
        if (File.Exists(beside))
        {
            Assert.Contains($"\"System.GC.Gen0MaxBudget\": {budget}", File.ReadAllText(beside), StringComparison.Ordinal);
            return;
        }

        var bytes = File.ReadAllBytes(program);
        Assert.True(Contains("System.GC.Gen0MaxBudget") && Contains($"{budget}"), $"{program} has no such setting");

        bool Contains(string text) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;
    }
}
