namespace Kilometers.Contracts.Packages;

/// <summary>
/// A release of km itself: a package of the same form as a plugin's, with a predicate type of its own and the one name that no plugin may
/// have, so that neither is ever taken for the other.
/// </summary>
public static class KmRelease
{
    /// <summary>The predicate's type, with the version of its meaning.</summary>
    public const string PredicateType = "https://kilometers.ai/km-release/v1";

    /// <summary>The name in the manifest; reserved.</summary>
    public const string Name = "km";

    /// <summary>The name of the program beside <c>km</c> that does everything but relay. It carries the version, so that two can lie side by side.</summary>
    /// <param name="version">The version of both.</param>
    /// <param name="os">The platform, as in a manifest.</param>
    public static string HostProgram(string version, string os) => $"km-host-{version}{(os == "windows" ? ".exe" : "")}";

    /// <summary>Checks what must hold for a release of km beyond <see cref="ManifestRules"/>.</summary>
    /// <param name="manifest">The manifest, which keeps those.</param>
    /// <returns>What is wrong, one sentence each; empty if nothing is.</returns>
    public static IReadOnlyList<string> Check(PluginManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var program = manifest.Os == "windows" ? "km.exe" : "km";
        var faults = new List<string>();
        if (manifest.Name != Name)
            faults.Add($"the name of a release of km is {Name}");
        if (manifest.Customer is not null)
            faults.Add("a release of km is for everybody");
        if (manifest.RequiredTier != nameof(Tier.Free))
            faults.Add("a release of km requires the Free tier");
        var host = HostProgram(manifest.Version, manifest.Os);
        if (manifest.Entrypoint != program || manifest.Files.Any(file => file.Path != program && file.Path != host))
            faults.Add($"a release of km for {manifest.Os} holds {program} and {host}, and nothing else");
        return faults;
    }
}
