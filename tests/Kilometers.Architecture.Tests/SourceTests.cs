using System.Text.RegularExpressions;

namespace Kilometers.Architecture.Tests;

public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    // Every session runs it, and nothing in it may be a surprise.
    private const int MaxRelay = 1200;

    // Words that say nothing about what is inside.
    private static readonly string[] Empty = ["Common", "Helper", "Helpers", "Util", "Utils", "Manager", "Impl", "Base"];

    private static readonly string[] Folders = ["src", "tests", "samples", "bench"];

    [Fact]
    public void A_namespace_is_the_folder()
    {
        var wrong =
            from project in Repository.Projects
            from file in Repository.Sources(project.Folder)
            let given = Code.DeclaredNamespace(Repository.Read(file))
            where given is not null
            let folders = Path.GetDirectoryName(file)!.Replace('\\', '/')[project.Folder.Length..].Replace('/', '.')
            where given != project.RootNamespace + folders
            select $"{file}: {given}, expected {project.RootNamespace + folders}";
        Rule.Holds(wrong);
    }

    [Fact]
    public void No_file_is_longer_than_a_reader_can_hold() =>
        Rule.Holds(
            from file in Repository.Sources("src", "tests")
            let lines = Repository.Read(file).Count(c => c == '\n')
            where lines > MaxLines
            select $"{file}: {lines} lines"
        );

    [Fact]
    public void The_relay_is_small() =>
        Assert.InRange(Repository.Sources("src/Kilometers.Relay").Sum(file => Repository.Read(file).Count(c => c == '\n')), 1, MaxRelay);

    /// <summary>System first, then by name: CSharpier sorts them too, except in files with conditional compilation.</summary>
    [Fact]
    public void Using_directives_are_in_order() =>
        Rule.Holds(
            from file in Repository.Sources(Folders)
            let given = Code.UsingDirectives(Repository.Read(file)).ToList()
            where !given.SequenceEqual(given.OrderBy(Code.UsingOrder, StringComparer.OrdinalIgnoreCase))
            select $"{file}: {string.Join(", ", given)}"
        );

    [Fact]
    public void No_type_or_folder_has_an_empty_name()
    {
        var types =
            from file in Repository.Sources(Folders)
            from type in Code.DeclaredTypes(Repository.Read(file))
            where Code.Words(type).Intersect(Empty).Any()
            select $"{file}: {type}";
        var folders =
            from file in Repository.Files
            where Folders.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal))
            from folder in Path.GetDirectoryName(file)!.Split('/', '\\')
            where Empty.Contains(folder)
            select $"{file}: {folder}";
        Rule.Holds(types.Concat(folders));
    }

    [Fact]
    public void A_limit_is_called_max_or_min() =>
        Rule.Holds(
            from file in Repository.Sources(Folders)
            from Match limit in OddLimit().Matches(Repository.Read(file))
            select $"{file}: {limit.Groups[1].Value}"
        );

    [Fact]
    public void No_file_names_a_package_registry_or_a_place_only_one_machine_has()
    {
        // In two parts each, or this file would name them.
        string[] names = ["nuget" + ".org", "npm" + "js", "/work" + "/", "/root" + "/"];
        var wrong =
            from file in Repository.Files
            let text = Repository.Read(file)
            from name in names
            where Stands(name, text)
            select $"{file}: {name}";
        Rule.Holds(wrong);
    }

    /// <summary>
    /// A busy machine takes any time. Tests compare with another time: a first measurement, or what the wrong result would take. What only ends
    /// a test that hangs is no assertion.
    /// </summary>
    [Fact]
    public void No_test_asserts_an_absolute_time() =>
        Rule.Holds(
            from file in Repository.Sources("tests")
            from Match assertion in TimedAssertion().Matches(Repository.Read(file))
            select $"{file}: {assertion.Value}"
        );

    [GeneratedRegex(@"(?:const|static readonly) [\w<>?]+ ((?:Most|Largest|Longest|Least|Smallest|Shortest|Fewest)\w*) =")]
    private static partial Regex OddLimit();

    [GeneratedRegex(@"Assert\.\w+\([^;]*Elapsed[^;]*TimeSpan\.From[^;]*;")]
    private static partial Regex TimedAssertion();

    /// <summary>A path counts where it begins: a folder below another one may be called as it likes.</summary>
    private static bool Stands(string name, string text)
    {
        for (
            var at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase);
            at >= 0;
            at = text.IndexOf(name, at + 1, StringComparison.OrdinalIgnoreCase)
        )
        {
            if (name[0] != '/' || at == 0 || !(char.IsAsciiLetterOrDigit(text[at - 1]) || text[at - 1] is '_' or '}' or '.' or '-'))
                return true;
        }

        return false;
    }
}
