using Kilometers.Packager.Commands;

namespace Kilometers.Packager;

internal static class Program
{
    public static Task<int> Main(string[] args) => RootCommandLine.InvokeAsync(args);
}
