using System.Text.RegularExpressions;

namespace Kilometers.Architecture.Tests;

public sealed partial class DocumentTests
{
    private static readonly string[] ErrorCodes =
    [
        "src/Kilometers.Contracts/ErrorCode.cs",
        "src/Kilometers.Contracts/ErrorCode.Api.cs",
        "src/Kilometers.Contracts/ErrorCode.Clients.cs",
        "src/Kilometers.Contracts/ErrorCode.Guard.cs",
        "src/Kilometers.Contracts/ErrorCode.Plugins.cs",
        "src/Kilometers.Contracts/ErrorCode.Transcripts.cs",
    ];
    private const string ErrorPage = "docs/errors.md";

    private static readonly string[] CodeEndings = [".cs", ".csproj", ".props", ".targets", ".proto", ".go", ".sh", ".c"];

    private static readonly Lazy<HashSet<string>> CodeWords = new(() =>
        [
            .. Repository
                .Files.Where(file => CodeEndings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)))
                .SelectMany(file => Word().Matches(Repository.Read(file)).Select(match => match.Value)),
            .. Repository.Files.SelectMany(file => file.Split('/', '.')),
        ]
    );

    private static IEnumerable<string> Documents =>
        Repository.Files.Where(file =>
            file.EndsWith(".md", StringComparison.Ordinal)
            && (file.StartsWith("docs/", StringComparison.Ordinal) || !file.Contains('/', StringComparison.Ordinal))
        );

    [Fact]
    public void Every_path_named_in_the_documents_exists() =>
        Rule.Holds(
            from document in Documents
            from path in Quoted(document)
                .Where(quoted => RepositoryPath().IsMatch(quoted) && !quoted.Contains("bench/out", StringComparison.Ordinal))
            where !Repository.Exists(path)
            select $"{document}: {path}"
        );

    [Fact]
    public void Every_link_in_the_documents_leads_somewhere() =>
        Rule.Holds(
            from document in Documents
            from link in Link().Matches(Repository.Read(document)).Select(match => match.Groups[1].Value)
            where !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith('#')
            let target = Path.Combine(Path.GetDirectoryName(document)!, link.Split('#')[0])
            where !Repository.Exists(target)
            select $"{document}: {link}"
        );

    /// <summary><c>Monitoring/StdioProxy</c> in the documents is a folder and a type in it.</summary>
    [Fact]
    public void Every_type_named_with_its_folder_in_the_documents_is_there() =>
        Rule.Holds(
            from document in Documents
            from name in Quoted(document).Where(quoted => FolderAndType().IsMatch(quoted))
            let ending = "/" + (name.EndsWith(".cs", StringComparison.Ordinal) ? name : name + ".cs")
            where
                !Repository.Files.Any(file =>
                    file.Replace("Kilometers.", "/", StringComparison.Ordinal).EndsWith(ending, StringComparison.Ordinal)
                )
                && !Repository.Files.Any(file =>
                    file.Replace("Kilometers.", "/", StringComparison.Ordinal).Contains($"/{name}/", StringComparison.Ordinal)
                )
            select $"{document}: {name}"
        );

    /// <summary>A name of two words or more in PascalCase is one the code knows: a type, a member, a project, or a term of its protocols.</summary>
    [Fact]
    public void Every_type_named_in_the_documents_is_in_the_code() =>
        Rule.Holds(
            from document in Documents
            from name in Quoted(document)
                .Where(quoted => DottedName().IsMatch(quoted))
                .SelectMany(quoted => quoted.TrimEnd('(', ')').Split('.'))
            where TwoWords().IsMatch(name) && !CodeWords.Value.Contains(name)
            select $"{document}: {name}"
        );

    [Fact]
    public void Every_error_code_has_one_row_and_every_row_a_code()
    {
        var codes = ErrorCodes
            .SelectMany(file => ErrorConstant().Matches(Repository.Read(file)))
            .Select(match => match.Groups[1].Value)
            .ToList();
        var rows = ErrorRow().Matches(Repository.Read(ErrorPage)).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(codes);
        Rule.Holds(
            codes
                .Except(rows)
                .Select(code => $"no row: {code}")
                .Concat(rows.Except(codes).Select(row => $"no constant: {row}"))
                .Concat(codes.CountBy(code => code).Where(pair => pair.Value > 1).Select(pair => $"two constants: {pair.Key}"))
                .Concat(rows.CountBy(row => row).Where(pair => pair.Value > 1).Select(pair => $"two rows: {pair.Key}"))
        );
    }

    [Fact]
    public void Every_promise_of_the_threat_model_names_a_test()
    {
        var rows = Repository.Read("docs/threat-model.md").Split('\n').Where(line => PromiseRow().IsMatch(line)).ToList();
        Assert.NotEmpty(rows);
        Rule.Holds(rows.Where(row => !TestName().IsMatch(row)));
    }

    /// <summary>What stands in single backticks, fenced blocks left out.</summary>
    private static IEnumerable<string> Quoted(string document) =>
        Backticks().Matches(Fence().Replace(Repository.Read(document), "")).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"^\s*(```|~~~).*?^\s*\1", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Backticks();

    [GeneratedRegex(@"^(src|tests|docs|bench|samples|eng|proto|\.ci)/[\w./-]*$")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^[A-Z]\w+(\.\w+)*(/[A-Z]\w+)+(\.cs)?$")]
    private static partial Regex FolderAndType();

    [GeneratedRegex(@"^[A-Za-z]\w*(\.[A-Z]\w*)*(\(\))?$")]
    private static partial Regex DottedName();

    [GeneratedRegex(@"^[A-Z][a-z0-9]+([A-Z][a-z0-9]+)+$")]
    private static partial Regex TwoWords();

    /// <summary>A row of three cells, the heads and the line below them left out.</summary>
    [GeneratedRegex(@"^\|(?! Promise |-)[^|]+\|[^|]+\|[^|]+\|$")]
    private static partial Regex PromiseRow();

    [GeneratedRegex(@"\|[^|]*`[\w.]+/\w+Tests?`[^|]*\|$")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"public const string \w+ = ""([A-Z]+_[A-Z]+_\d{3})"";")]
    private static partial Regex ErrorConstant();

    [GeneratedRegex(@"^\| `([A-Z]+_[A-Z]+_\d{3})` \|", RegexOptions.Multiline)]
    private static partial Regex ErrorRow();
}
