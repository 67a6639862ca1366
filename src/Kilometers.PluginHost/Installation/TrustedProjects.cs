using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.PluginHost.Installation;

/// <summary>
/// The projects whose plugins the user agreed to run: each with the digests of the payloads as they were then. A package that was
/// added or changed since is not trusted, however it came there.
/// </summary>
internal sealed record TrustedProjects
{
    private const int LargestFile = 1 << 20;

    /// <summary>Project directory (full path) to the digests of its packages' payloads, as they are signed.</summary>
    public required SortedDictionary<string, IReadOnlyList<string>> Projects { get; init; }

    public static TrustedProjects None() => new() { Projects = new(StringComparer.Ordinal) };

    /// <summary>Reads the list. What cannot be read trusts nothing.</summary>
    public static TrustedProjects Read(string path)
    {
        try
        {
            if (!File.Exists(path)) return None();
            var content = WrittenText.WithoutMark(PrivateFile.ReadTrusted(path, LargestFile).AsSpan());
            return JsonSerializer.Deserialize(content, TrustedProjectsJsonContext.Default.TrustedProjects) ?? None();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Trusts nothing.
        }

        return None();
    }

    public void Write(string path) => PrivateFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this, TrustedProjectsJsonContext.Default.TrustedProjects));

    /// <summary>Whether the user agreed to a package in a project.</summary>
    /// <param name="project">The project's directory.</param>
    /// <param name="payloadDigest">The package's payload, as signed; empty is never trusted.</param>
    public bool Covers(string project, string payloadDigest) =>
        payloadDigest.Length > 0 && Projects.TryGetValue(Path.GetFullPath(project), out var digests) && digests is not null && digests.Contains(payloadDigest, StringComparer.Ordinal);

    /// <summary>Whether the user agreed to any package of a project.</summary>
    /// <param name="project">The project's directory.</param>
    public bool Knows(string project) => Projects.ContainsKey(Path.GetFullPath(project));

    /// <summary>What to say of a project that the user has agreed to nothing of.</summary>
    public static KmError Untrusted(string project, int packages) => new(
        ErrorCode.UntrustedProject, $"This project's own plugins are not trusted and do not run ({(packages == 1 ? "1 package" : $"{packages} packages")} in plugins)", $"You have not agreed to run plugins of {project}.", "Look at them, then: km plugins trust .");

    public static KmError Untrusted(string project, string package) => new(
        ErrorCode.UntrustedProject, $"This project's plugin {Path.GetFileName(package)} is not trusted", $"{project} brings plugins of its own, and you have not agreed to run them as they are now.", "Look at them, then: km plugins trust .");
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, MaxDepth = 8)]
[JsonSerializable(typeof(TrustedProjects))]
internal sealed partial class TrustedProjectsJsonContext : JsonSerializerContext;
