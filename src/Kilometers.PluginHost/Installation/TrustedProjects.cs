using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Consent;

namespace Kilometers.PluginHost.Installation;

/// <summary>
/// The projects whose plugins the user agreed to run, each with the packages as they were then: what they do and what they may do. A package
/// that was added since, or whose files or manifest have changed, is not trusted, however it came there.
/// </summary>
internal sealed record TrustedProjects
{
    private const int MaxFile = 1 << 20;

    /// <summary>Project directory (full path) to its packages.</summary>
    public required SortedDictionary<string, IReadOnlyList<TrustedPackage>> Projects { get; init; }

    public static TrustedProjects None() => new() { Projects = new(StringComparer.Ordinal) };

    /// <summary>
    /// Reads the list. What cannot be read trusts nothing, nor does what an older km wrote: it names payloads only, and a payload can come
    /// with another manifest.
    /// </summary>
    public static TrustedProjects Read(string path)
    {
        try
        {
            if (!File.Exists(path))
                return None();
            var content = WrittenText.WithoutMark(PrivateFile.ReadTrusted(path, MaxFile).AsSpan());
            return JsonSerializer.Deserialize(content, TrustedProjectsJsonContext.Default.TrustedProjects) ?? None();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Trusts nothing.
        }

        return None();
    }

    public void Write(string path) =>
        PrivateFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this, TrustedProjectsJsonContext.Default.TrustedProjects));

    /// <summary>Whether the user agreed to a package in a project.</summary>
    /// <param name="project">The project's directory.</param>
    /// <param name="package">The package. Without a statement and a trusted signer it is never trusted.</param>
    public bool Covers(string project, PackageVerification? package) =>
        package is { Signer: { } signer, StatementDigest: { Length: > 0 } statement }
        && Of(project).Any(trusted => trusted?.Statement == statement && trusted.Publisher == signer.Publisher);

    /// <summary>What the user agreed to for a plugin of a project, in the version that was there then; null: nothing.</summary>
    /// <param name="project">The project's directory.</param>
    /// <param name="plugin">The plugin's name.</param>
    public TrustedPackage? Find(string project, string plugin) => Of(project).FirstOrDefault(trusted => trusted?.Name == plugin);

    private IReadOnlyList<TrustedPackage> Of(string project) => Projects.GetValueOrDefault(Path.GetFullPath(project)) ?? [];

    /// <summary>Whether the user agreed to any package of a project.</summary>
    /// <param name="project">The project's directory.</param>
    public bool Knows(string project) => Projects.ContainsKey(Path.GetFullPath(project));

    /// <summary>What to say of a project that the user has agreed to nothing of.</summary>
    /// <param name="project">The project's directory.</param>
    /// <param name="packages">How many packages it has.</param>
    /// <param name="orMore">Whether there may be more: not all entries were looked at.</param>
    public static KmError Untrusted(string project, int packages, bool orMore) =>
        new(
            ErrorCode.UntrustedProject,
            $"This project's own plugins are not trusted and do not run ({packages}{(orMore ? " or more" : "")} {(packages == 1 && !orMore ? "package" : "packages")} in plugins)",
            $"You have not agreed to run plugins of {project}.",
            "Look at them, then: km plugins trust ."
        );

    public static KmError Untrusted(string project, string package) =>
        new(
            ErrorCode.UntrustedProject,
            $"This project's plugin {Path.GetFileName(package)} is not trusted",
            $"{project} brings plugins of its own, and you have not agreed to run them as they are now.",
            "Look at them, then: km plugins trust ."
        );
}

/// <summary>One package of a project, as the user agreed to it.</summary>
internal sealed record TrustedPackage
{
    /// <summary>The plugin's name.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of what its signature covers: its manifest and the digest of its payload.</summary>
    public required string Statement { get; init; }

    /// <summary>Whose it is.</summary>
    public required PublisherIdentity Publisher { get; init; }

    /// <summary>What it may do.</summary>
    public required PluginPermissions Permissions { get; init; }

    /// <summary>When the user agreed.</summary>
    public required DateTimeOffset At { get; init; }

    public static TrustedPackage Of(PackageVerification package, DateTimeOffset at) =>
        new()
        {
            Name = package.Manifest.Name,
            Statement = package.StatementDigest,
            Publisher = package.Signer!.Publisher,
            Permissions = PluginPermissions.Of(package.Manifest),
            At = at,
        };
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    MaxDepth = 8
)]
[JsonSerializable(typeof(TrustedProjects))]
internal sealed partial class TrustedProjectsJsonContext : JsonSerializerContext;
