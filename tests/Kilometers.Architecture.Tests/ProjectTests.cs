using System.Text.Json;
using System.Xml.Linq;

namespace Kilometers.Architecture.Tests;

public sealed class ProjectTests
{
    // docs/architecture.md: which project of src/ may use which. "plugins" stands for every project of src/plugins.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kilometers.Contracts"] = [],
        ["Kilometers.Processes"] = [],
        ["Kilometers.Files"] = [],
        ["Kilometers.Clients"] = ["Kilometers.Files", "Kilometers.Contracts"],
        ["Kilometers.Packaging"] = ["Kilometers.Entitlements", "Kilometers.Processes", "Kilometers.Contracts"],
        ["Kilometers.Entitlements"] = ["Kilometers.Contracts"],
        ["Kilometers.Audit"] = ["Kilometers.Files", "Kilometers.Contracts"],
        ["Kilometers.GoPlugin.Client"] = ["Kilometers.Processes"],
        ["Kilometers.GoPlugin.Server"] = [],
        ["Kilometers.Link"] = ["Kilometers.Files", "Kilometers.Processes"],
        ["Kilometers.Relay"] = ["Kilometers.Link", "Kilometers.Processes"],
        ["Kilometers.Credentials"] = ["Kilometers.Files", "Kilometers.Processes", "Kilometers.Contracts"],
        ["Kilometers.Http"] =
        [
            "Kilometers.Link",
            "Kilometers.Credentials",
            "Kilometers.Processes",
            "Kilometers.Files",
            "Kilometers.Contracts",
        ],
        ["Kilometers.Monitoring"] = ["Kilometers.Link"],
        ["Kilometers.PluginHost"] =
        [
            "Kilometers.Monitoring",
            "Kilometers.GoPlugin.Client",
            "Kilometers.Packaging",
            "Kilometers.Entitlements",
            "Kilometers.Audit",
            "Kilometers.Credentials",
            "Kilometers.Files",
            "Kilometers.Contracts",
        ],
        ["Kilometers.Sqlite"] = [],
        ["Kilometers.Recordings"] = ["Kilometers.Sqlite"],
        ["Kilometers.Analytics"] = ["Kilometers.Sqlite"],
        ["Kilometers.Definitions"] = ["Kilometers.Files"],
        ["Kilometers.Rules"] = [],
        ["Kilometers.Cli"] =
        [
            "Kilometers.PluginHost",
            "Kilometers.Analytics",
            "Kilometers.Credentials",
            "Kilometers.Clients",
            "Kilometers.Definitions",
            "Kilometers.Recordings",
            "Kilometers.Rules",
            "Kilometers.Transcripts",
            "Kilometers.Link",
            "Kilometers.Relay", // built with it, as a program of its own
            "Kilometers.Http", // the same
        ],
        ["Kilometers.Transcripts"] = ["Kilometers.Recordings", "Kilometers.Monitoring", "Kilometers.Processes", "Kilometers.Contracts"],
        ["Kilometers.Ui"] =
        [
            "Kilometers.Recordings",
            "Kilometers.Analytics",
            "Kilometers.Definitions",
            "Kilometers.Transcripts",
            "Kilometers.Contracts",
        ],
        ["Kilometers.Plugin.Sdk"] = ["Kilometers.GoPlugin.Server", "Kilometers.Entitlements", "Kilometers.Contracts"],
        ["Kilometers.Packager"] =
        [
            "Kilometers.PluginHost",
            "Kilometers.Packaging",
            "Kilometers.Entitlements",
            "Kilometers.Files",
            "Kilometers.Contracts",
        ],
        ["Kilometers.Api"] =
        [
            "Kilometers.Packaging",
            "Kilometers.Entitlements",
            "Kilometers.Analytics",
            "Kilometers.Audit",
            "Kilometers.Processes",
            "Kilometers.Files",
            "Kilometers.Contracts",
        ],
        ["plugins"] =
        [
            "Kilometers.Plugin.Sdk",
            "Kilometers.Recordings",
            "Kilometers.Analytics",
            "Kilometers.Definitions",
            "Kilometers.Rules",
        ],
    };

    [Fact]
    public void A_project_uses_only_what_the_plan_allows()
    {
        var forbidden =
            from project in Repository.Projects
            where project.File.StartsWith("src/", StringComparison.Ordinal)
            let key = project.File.StartsWith("src/plugins/", StringComparison.Ordinal) ? "plugins" : project.Name
            from reference in Allowed.TryGetValue(key, out var allowed)
                ? project.References.Except(allowed)
                : ["(the project is not in the plan)"]
            select $"{project.Name} -> {reference}";
        Rule.Holds(forbidden);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = XDocument
            .Parse(Repository.Read("Km.slnx"))
            .Descendants("Project")
            .Select(project => (string)project.Attribute("Path")!)
            .ToList();
        var files = Repository.Projects.Select(project => project.File).ToList();
        Rule.Holds(
            files
                .Except(solution)
                .Select(file => $"not in Km.slnx: {file}")
                .Concat(solution.Except(files).Select(file => $"not there: {file}"))
        );
    }

    [Fact]
    public void Every_project_has_a_lock_file() =>
        Rule.Holds(
            Repository.Projects.Where(project => !Repository.Exists(project.Folder + "/packages.lock.json")).Select(project => project.Name)
        );

    [Fact]
    public void A_project_is_two_folders_deep_at_most()
    {
        var deep =
            from project in Repository.Projects
            from file in Repository.Files
            where
                file.StartsWith(project.Folder + "/", StringComparison.Ordinal)
                && file[(project.Folder.Length + 1)..].Count(c => c == '/') > 2
            select file;
        Rule.Holds(deep);
    }

    /// <summary><c>eng/set-version.sh</c> changes both. Everything else takes the version from the build.</summary>
    [Fact]
    public void The_version_of_a_release_is_that_of_the_build() =>
        Assert.Equal(
            (string?)XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("Version").Single(),
            JsonDocument.Parse(Repository.Read("src/Kilometers.Cli/manifest.json")).RootElement.GetProperty("version").GetString()
        );
}
