using System.Reflection;
using Kilometers.Processes;

namespace Kilometers.Packager.Conformance;

/// <summary>What kmpkg knows about itself: its version, and the hidden modes in which it runs as a second process. People do not see those.</summary>
internal static class OwnProgram
{
    /// <summary>The guardian of the process whose id follows.</summary>
    public const string Guard = "__guard";

    /// <summary>A host of the plugin whose path follows, there to be killed (<see cref="HostMode"/>).</summary>
    public const string Host = "__host";

    /// <summary>The version of kmpkg.</summary>
    public static string Version { get; } =
        typeof(OwnProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>How to start this program: the published <c>kmpkg</c>, or <c>dotnet kmpkg.dll</c>.</summary>
    public static ChildCommand Command(params string[] arguments)
    {
        var path = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
        var isHost = Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return new ChildCommand
        {
            FileName = path,
            Arguments = isHost ? [Path.Combine(AppContext.BaseDirectory, "kmpkg.dll"), .. arguments] : arguments,
        };
    }
}
