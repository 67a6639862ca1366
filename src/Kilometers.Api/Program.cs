namespace Kilometers.Api;

internal static class Program
{
    public static Task<int> Main(string[] args) => Hosting.CommandLine.InvokeAsync(args, TimeProvider.System);
}
