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

    /// <summary>
    /// The names of the programs beside <c>km</c>: the one that does everything but relay, the one that serves pages, and the one that speaks
    /// HTTP. They carry the version, so that those of two versions can lie side by side.
    /// </summary>
    /// <param name="version">The version of all.</param>
    /// <param name="os">The platform, as in a manifest.</param>
    public static IReadOnlyList<string> ProgramsBeside(string version, string os)
    {
        var ending = os == "windows" ? $"{version}.exe" : version;
        return [$"km-host-{ending}", $"km-ui-{ending}", $"km-http-{ending}"];
    }

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
            faults.Add("a release of km is for everyone");
        if (manifest.RequiredTier != nameof(Tier.Free))
            faults.Add("a release of km requires the Free tier");
        var beside = ProgramsBeside(manifest.Version, manifest.Os);
        if (manifest.Entrypoint != program || manifest.Files.Any(file => file.Path != program && !beside.Contains(file.Path)))
            faults.Add($"a release of km for {manifest.Os} holds {program}, {string.Join(", ", beside)}, and nothing else");
        return faults;
    }
}
