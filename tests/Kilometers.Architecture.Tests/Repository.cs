using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Kilometers.Architecture.Tests;

/// <summary>The repository's own files (what is built, installed or measured is left out), by path from its root, with slashes.</summary>
internal static class Repository
{
    private static readonly HashSet<string> NotOurs =
    [
        ".git",
        ".vs",
        ".idea",
        ".vscode",
        "bin",
        "obj",
        "out",
        "artifacts",
        "node_modules",
        "TestResults",
        "BenchmarkDotNet.Artifacts",
    ];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<string> Files { get; } = [.. Below(Root).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<Project> Projects { get; } =
    [.. Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).Select(Project.Load)];

    public static IEnumerable<string> Sources(params string[] folders) =>
        Files.Where(file =>
            file.EndsWith(".cs", StringComparison.Ordinal) && folders.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal))
        );

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static bool Exists(string path) => Path.Exists(Path.Combine(Root, path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("Km.slnx is in no folder above the tests.");
    }

    private static IEnumerable<string> Below(string folder) =>
        Directory
            .EnumerateFiles(folder)
            .Where(file => !NotOurs.Contains(Path.GetFileName(file)))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Concat(Directory.EnumerateDirectories(folder).Where(child => !NotOurs.Contains(Path.GetFileName(child))).SelectMany(Below));
}

/// <summary>A project file and what the rules need of it.</summary>
internal sealed record Project
{
    public required string File { get; init; }

    public required string Folder { get; init; }

    public required string Name { get; init; }

    public required string RootNamespace { get; init; }

    /// <summary>Names of the projects whose assembly it uses; projects that are only built along are left out.</summary>
    public required IReadOnlyList<string> References { get; init; }

    public static Project Load(string file)
    {
        var xml = XDocument.Parse(Repository.Read(file));
        var name = Path.GetFileNameWithoutExtension(file);
        return new Project
        {
            File = file,
            Folder = Path.GetDirectoryName(file)!.Replace('\\', '/'),
            Name = name,
            RootNamespace = xml.Descendants("RootNamespace").FirstOrDefault()?.Value ?? name,
            References =
            [
                .. xml.Descendants("ProjectReference")
                    .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
                    .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/'))),
            ],
        };
    }
}

internal static partial class Code
{
    /// <summary>The types a source file declares.</summary>
    public static IEnumerable<string> DeclaredTypes(string source) =>
        TypeDeclaration().Matches(source).Select(match => match.Groups[1].Value);

    public static string? DeclaredNamespace(string source) =>
        NamespaceDeclaration().Match(source) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The using directives of a file, without the semicolon.</summary>
    public static IEnumerable<string> UsingDirectives(string source) =>
        UsingDirective().Matches(source).Select(match => match.Groups[1].Value);

    /// <summary>What using directives are sorted by: global ones first; namespaces, static ones, aliases; System first; part by part of the name.</summary>
    public static string UsingOrder(string directive)
    {
        var isGlobal = directive.StartsWith("global ", StringComparison.Ordinal);
        var name = directive[(isGlobal ? "global using " : "using ").Length..];
        var kind =
            name.Contains(" = ", StringComparison.Ordinal) ? 2
            : name.StartsWith("static ", StringComparison.Ordinal) ? 1
            : 0;
        if (kind == 1)
            name = name["static ".Length..];
        var isSystem = name == "System" || name.StartsWith("System.", StringComparison.Ordinal);
        return $"{(isGlobal ? 0 : 1)}{kind}{(isSystem ? 0 : 1)}{name.Replace('.', '\u0001')}";
    }

    /// <summary>The words of a PascalCase name.</summary>
    public static IEnumerable<string> Words(string name) => PascalWord().Matches(name).Select(match => match.Value);

    [GeneratedRegex(
        @"^[^/""\n]*?\b(?:class|record|struct|interface|enum|delegate\s+[\w<>?\[\]]+)\s+(?:class\s+|struct\s+)?([A-Z]\w*)",
        RegexOptions.Multiline
    )]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(@"^((?:global )?using (?:(?:static )?[\w.]+|\w+ = [^;\n]+));", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();

    [GeneratedRegex("[A-Z][a-z0-9]*")]
    private static partial Regex PascalWord();
}
