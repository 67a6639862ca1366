using System.Reflection;
using Kilometers.Processes;

namespace Kilometers.Link.Hosting;

/// <summary>The program that does everything but relay: it lies beside this one.</summary>
public static class HostProgram
{
    private const string Name = "km-host";

    /// <summary>The version of both programs.</summary>
    public static string Version { get; } =
        typeof(HostProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>Its path; null where it is not there.</summary>
    public static string? Find()
    {
        var folder = Path.GetDirectoryName(Environment.ProcessPath ?? ProcessReplacement.OwnPath());
        if (folder is null)
            return null;
        var ending = OperatingSystem.IsWindows() ? ".exe" : "";

        // The plain name is that of a build, which is not installed.
        string[] places = [Path.Combine(folder, $"{Name}-{Version}{ending}"), Path.Combine(folder, Name + ending)];
        return places.FirstOrDefault(File.Exists);
    }

    /// <summary>Becomes it; returns only if that fails.</summary>
    /// <returns>The exit status.</returns>
    public static int Become(string[] args)
    {
        var why = "it is not there";
        if (Find() is { } path)
            why = ProcessReplacement.Become(new ChildCommand { FileName = path, Arguments = args }).Message;
        RelayErrors.Write($"km-host, which lies beside km, cannot be started: {why}. Install km again", RelayErrors.HostMissing);
        return 126;
    }
}
