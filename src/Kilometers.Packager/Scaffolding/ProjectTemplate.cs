using System.Text;
using Kilometers.Contracts.Packages;

namespace Kilometers.Packager.Scaffolding;

/// <summary>What a new plugin project consists of.</summary>
internal static class ProjectTemplate
{
    private const string GoPackages =
        "golang-go golang-github-hashicorp-go-plugin-dev golang-google-grpc-dev golang-github-hashicorp-go-hclog-dev";

    private static readonly TemplateFile Workflow = new("Shared/workflow.yml", ".github/workflows/plugin.yml");

    private static readonly TemplateFile[] CSharp =
    [
        new("CSharp/Plugin.csproj", "{{NAME}}.csproj"),
        new("CSharp/Program.cs", "Program.cs"),
        new("CSharp/Plugin.cs", "{{CLASS}}.cs"),
        new("CSharp/manifest.json", "manifest.json"),
        new("CSharp/README.md", "README.md"),
        new("CSharp/gitignore", ".gitignore"),
        new("CSharp/Tests.csproj", "tests/{{NAME}}.Tests.csproj"),
        new("CSharp/PluginTests.cs", "tests/{{CLASS}}Tests.cs"),
        Workflow,
    ];

    private static readonly TemplateFile[] Go =
    [
        new("Go/main.go", "main.go"),
        new("Go/plugin.go", "plugin/plugin.go"),
        new("Go/totals.go", "plugin/totals.go"),
        new("Go/serve.go", "plugin/serve.go"),
        new("Go/plugin_test.go", "plugin/plugin_test.go"),
        new("Go/serve_test.go", "plugin/serve_test.go"),
        new("Go/plugin_v2.pb.go", "kilometerspluginv2/plugin_v2.pb.go"),
        new("Go/manifest.json", "manifest.json"),
        new("Go/README.md", "README.md"),
        new("Go/gitignore", ".gitignore"),
        new("Go/build.sh", "build.sh", IsExecutable: true),
        Workflow,
    ];

    /// <summary>Fills the templates in.</summary>
    /// <param name="name">A valid plugin name (<see cref="PluginName"/>).</param>
    /// <param name="language">The language.</param>
    /// <param name="sdk">Where a C# project gets the SDK from.</param>
    /// <returns>The project's files.</returns>
    /// <exception cref="ArgumentException">The name or the language is none.</exception>
    public static IReadOnlyList<ProjectFile> Fill(string name, ProjectLanguage language, SdkSource sdk)
    {
        if (!PluginName.IsValid(name))
            throw new ArgumentException("not a plugin name", nameof(name));
        var files = language switch
        {
            ProjectLanguage.CSharp => CSharp,
            ProjectLanguage.Go => Go,
            _ => throw new ArgumentException("no such language", nameof(language)),
        };
        var (install, build, test) =
            language == ProjectLanguage.Go
                ? ($"sudo apt-get update && sudo apt-get install -y {GoPackages} && ", "./build.sh", "./build.sh test")
                : ("", "dotnet build -c Release -o out", "dotnet run --project tests");
        string Insert(string text) =>
            text.Replace("{{NAME}}", name, StringComparison.Ordinal)
                .Replace("{{CLASS}}", ClassName(name), StringComparison.Ordinal)
                .Replace("{{SDK_IMPORT}}", sdk.ProjectImport is { } import ? $"\n  {import}" : "", StringComparison.Ordinal)
                .Replace("{{SDK_SOURCES}}", sdk.PluginProperty, StringComparison.Ordinal)
                .Replace("{{TESTS_SOURCES}}", sdk.TestsProperty, StringComparison.Ordinal)
                .Replace("{{SDK_REFERENCE}}", sdk.ProjectItem, StringComparison.Ordinal)
                .Replace("{{SDK_NOTE}}", sdk.Note, StringComparison.Ordinal)
                .Replace("{{INSTALL}}", install, StringComparison.Ordinal)
                .Replace("{{BUILD}}", build, StringComparison.Ordinal)
                .Replace("{{TEST}}", test, StringComparison.Ordinal)
                .Replace("{{KMPKG}}", SdkSource.Version, StringComparison.Ordinal);
        return [.. files.Select(file => new ProjectFile(Insert(file.Path), Insert(file.Read()), file.IsExecutable))];
    }

    /// <summary>The class of a C# plugin: <c>my-logger</c> is <c>MyLoggerPlugin</c>. Never that of its base class, <c>KilometersPlugin</c>.</summary>
    internal static string ClassName(string name)
    {
        var text = new StringBuilder();
        foreach (var word in name.Split('-', StringSplitOptions.RemoveEmptyEntries))
            text.Append(char.ToUpperInvariant(word[0])).Append(word, 1, word.Length - 1);
        if (!text.ToString().EndsWith("Plugin", StringComparison.Ordinal))
            text.Append("Plugin");
        if (text.ToString() is "KilometersPlugin" or "Plugin")
            text.Append("Plugin");
        return text.ToString();
    }
}

/// <summary>A file of a new project, as it is to be written.</summary>
/// <param name="Path">Relative, with slashes.</param>
/// <param name="Content">The text.</param>
/// <param name="IsExecutable">Whether it is a program or script.</param>
internal sealed record ProjectFile(string Path, string Content, bool IsExecutable);
