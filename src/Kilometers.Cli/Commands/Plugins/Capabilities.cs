using System.Globalization;
using Kilometers.Contracts.Packages;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>Says what a plugin may do, before it is installed and after.</summary>
internal static class Capabilities
{
    public static IReadOnlyList<string> Describe(PluginManifest manifest)
    {
        List<string> may = ["see every message of the sessions that it watches"];
        foreach (var entry in manifest.Capabilities.Network) may.Add($"connect to {NetworkEntry.Describe(entry)}");
        if (manifest.Capabilities.StateDirectory) may.Add("keep files in a directory of its own");
        if (manifest.Capabilities.Credentials) may.Add("get your entitlement (never your API key)");
        if (manifest.Limits.MemoryBytes is { } memory) may.Add(string.Create(CultureInfo.InvariantCulture, $"use {memory >> 20} MiB of memory"));
        return may;
    }
}
