using System.Globalization;
using Kilometers.Packager.Commands;
using Kilometers.Packager.Conformance;
using Kilometers.Processes.Guarding;

namespace Kilometers.Packager;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [OwnProgram.Guard, var parent] when int.TryParse(parent, NumberStyles.None, CultureInfo.InvariantCulture, out var id):
                GuardianLoop.Run(id);
                return 0;
            case [OwnProgram.Host, var guarding, var seconds, var path]:
                return await HostMode.RunAsync(guarding, seconds, path).ConfigureAwait(false);
            default:
                return await RootCommandLine.InvokeAsync(args).ConfigureAwait(false);
        }
    }
}
