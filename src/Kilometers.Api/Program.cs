namespace Kilometers.Api;

internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        Files.PrivateFile.ApplyToProcess();
        return Hosting.CommandLine.InvokeAsync(args, TimeProvider.System);
    }
}
