using System.Text.RegularExpressions;

namespace Kilometers.Architecture.Tests;

/// <summary>The folders of a project are floors of one house: each uses only what lies below it.</summary>
public sealed partial class FolderTests
{
    // From the ground up. The project's own folder is its public face (or its Program) and may use and be used by all.
    private static readonly Dictionary<string, string[]> Floors = new()
    {
        ["src/Kilometers.Contracts"] = ["Packages", "Api"],
        ["src/Kilometers.Files"] = [],
        ["src/Kilometers.Credentials"] = [],
        ["src/Kilometers.Clients"] = ["Syntax", "Catalog", "Servers", "Changes"],
        ["src/Kilometers.Entitlements"] = ["Seals", "Tokens"],
        ["src/Kilometers.Packaging"] = ["Archive", "Trust", "Verification", "Building"],
        ["src/Kilometers.Audit"] = ["Storage"],
        ["src/Kilometers.GoPlugin.Client"] = ["Logs", "Transport", "Launch"],
        ["src/Kilometers.GoPlugin.Server"] = ["Lifetime", "Logging", "Handshake", "Security", "Stdio", "Serving"],
        ["src/Kilometers.Link"] = ["Ring", "Connection", "Holding", "Hosting"],
        ["src/Kilometers.Relay"] = ["Relay", "Server"],
        ["src/Kilometers.Http"] = ["Events", "Observing", "SignIn", "Proxy", "Bridge"],
        ["src/Kilometers.Monitoring"] = ["JsonRpc", "Correlation", "Observation"],
        ["src/Kilometers.Plugin.Sdk"] = ["Redaction", "Networking", "Authorization", "Observing", "Intercepting", "Serving"],
        ["src/Kilometers.Packager"] = ["Keys", "Scaffolding", "Conformance", "Output", "Packing", "Commands"],
        ["src/Kilometers.Api"] =
        [
            "Configuration",
            "Storage",
            "Events/Model",
            "Http",
            "Keys",
            "Access",
            "Events/Storage",
            "Events/Ingest",
            "Events/Queries",
            "Events",
            "Insights",
            "Plugins",
            "Customers",
            "Entitlements",
            "Updates",
            "Witnessing",
            "Administration",
            "Hosting",
        ],
        ["src/Kilometers.Sqlite"] = [],
        ["src/Kilometers.Analytics"] = ["Sketches", "Storage", "Writing", "Reading"],
        ["src/Kilometers.Recordings"] = ["Storage", "Writing", "Reading", "Tokens"],
        ["src/Kilometers.Definitions"] = [],
        ["src/Kilometers.Rules"] = ["Matching", "Reading"],
        ["src/Kilometers.Transcripts"] = ["Exporting", "Importing", "Conversations", "Comparing", "Replaying", "Checking"],
        ["src/Kilometers.Ui"] = ["Access", "Recorded", "Tokens", "Showing", "Charts", "Pages"],
        ["src/plugins/Analytics"] = ["Anomalies", "Counting"],
        ["src/plugins/ApiLogger"] = ["Spooling", "Sending", "Recording"],
        ["src/plugins/ConsoleLogger"] = [],
        ["src/plugins/Guard"] = ["Text", "Reporting", "Definitions", "Secrets", "Policy", "Flows", "Stopping"],
        ["src/plugins/Otel"] = ["Operations", "Exporting"],
        ["src/plugins/Recorder"] = [],
    };

    [Fact]
    public void A_folder_uses_only_folders_below_it()
    {
        var breaches =
            from project in Floors
            from file in Repository.Sources(project.Key)
            let own = Folder(project.Key, file)
            where own.Length > 0
            from used in UsedBy(project.Key, file, own)
            where Array.IndexOf(project.Value, used) > Array.IndexOf(project.Value, own)
            select $"{project.Key}/{own} uses {used}, which is above it: {Path.GetFileName(file)}";
        Rule.Holds(breaches);
    }

    [Fact]
    public void Every_folder_has_its_floor()
    {
        var homeless =
            from project in Floors
            from file in Repository.Sources(project.Key)
            let own = Folder(project.Key, file)
            where own.Length > 0 && !project.Value.Contains(own)
            select $"{project.Key}/{own}";
        Rule.Holds(homeless);
    }

    private static string Folder(string project, string file) => Path.GetDirectoryName(file[(project.Length + 1)..])!.Replace('\\', '/');

    /// <summary>
    /// What a file's using directives name (the build allows none that is not needed), and the folders around its own, whose types need no
    /// directive, where it names one of their types.
    /// </summary>
    private static IEnumerable<string> UsedBy(string project, string file, string own)
    {
        var text = Comment().Replace(Repository.Read(file), "");
        var root = Repository.Projects.Single(one => one.Folder == project).RootNamespace;
        foreach (Match directive in Using().Matches(text))
            if (directive.Groups[1].Value.StartsWith(root + ".", StringComparison.Ordinal))
                yield return directive.Groups[1].Value[(root.Length + 1)..].Replace('.', '/');
        for (var around = Path.GetDirectoryName(own)!; around.Length > 0; around = Path.GetDirectoryName(around)!)
        {
            var types = Repository
                .Sources(project)
                .Where(other => Folder(project, other) == around)
                .Select(Path.GetFileNameWithoutExtension);
            if (types.Any(type => Regex.IsMatch(text, $@"(?<![\w.]){type}\b")))
                yield return around;
        }
    }

    [GeneratedRegex(@"//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();
}
