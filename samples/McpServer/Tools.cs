using System.ComponentModel;
using ModelContextProtocol;

namespace Kilometers.Samples.McpServer;

internal static class Tools
{
    [Description("Adds two numbers")]
    public static double Add(double a, double b) => a + b;

    [Description("Gives the text back")]
    public static string Echo(string text) => text;

    [Description("Answers after a number of milliseconds")]
    public static async Task<string> SlowAsync(int milliseconds, CancellationToken cancellationToken)
    {
        await Task.Delay(milliseconds, cancellationToken);
        return $"waited {milliseconds} ms";
    }

    [Description("Fails, to show how a failing tool looks")]
    public static string Fail() => throw new McpException("this tool always fails");
}
