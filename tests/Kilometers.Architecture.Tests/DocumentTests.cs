using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kilometers.Architecture.Tests;

public sealed partial class DocumentTests
{
    private static readonly string[] ErrorCodes =
    [
        "src/Kilometers.Contracts/ErrorCode.cs",
        "src/Kilometers.Contracts/ErrorCode.Analytics.cs",
        "src/Kilometers.Contracts/ErrorCode.Api.cs",
        "src/Kilometers.Contracts/ErrorCode.Clients.cs",
        "src/Kilometers.Contracts/ErrorCode.Compliance.cs",
        "src/Kilometers.Contracts/ErrorCode.Guard.cs",
        "src/Kilometers.Contracts/ErrorCode.Interception.cs",
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
            where !link.Contains("://", StringComparison.Ordinal)
            let parts = link.Split('#')
            let target = parts[0].Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, parts[0])
            where !Repository.Exists(target) || (parts.Length > 1 && !Anchors(target).Contains(parts[1]))
            select $"{document}: {link}"
        );

    /// <summary>The decisions are dated instead; their index says for whom they are.</summary>
    [Fact]
    public void Every_document_says_first_whom_it_is_for() =>
        Rule.Holds(
            from document in Documents
            where !document.StartsWith("docs/adr/0", StringComparison.Ordinal)
            where !Beginning().IsMatch(Repository.Read(document))
            select document
        );

    /// <summary>A block marked <c>sh</c> says that it is run as it stands.</summary>
    [Fact]
    public void Every_page_with_commands_to_run_is_run_by_a_test()
    {
        var tests = string.Concat(
            Repository.Sources("tests").Where(file => file.EndsWith("Tests.cs", StringComparison.Ordinal)).Select(Repository.Read)
        );
        Rule.Holds(
            from document in Documents
            where Repository.Read(document).Contains("\n```sh\n", StringComparison.Ordinal)
            where !tests.Contains($"{Path.GetFileName(document)}\"", StringComparison.Ordinal)
            select document
        );
    }

    [Fact]
    public void Every_document_is_in_the_navigation_of_the_site_once()
    {
        using var navigation = JsonDocument.Parse(Repository.Read("eng/site/navigation.json"));
        var listed = navigation
            .RootElement.EnumerateArray()
            .SelectMany(section => section.GetProperty("pages").EnumerateArray())
            .Select(page => $"docs/{page.GetString()}")
            .ToList();
        var pages = Documents.Where(document => document.StartsWith("docs/", StringComparison.Ordinal)).ToList();
        Rule.Holds(
            pages
                .Except(listed)
                .Select(page => $"not listed: {page}")
                .Concat(listed.Except(pages).Select(page => $"no document: {page}"))
                .Concat(listed.CountBy(page => page).Where(pair => pair.Value > 1).Select(pair => $"listed twice: {pair.Key}"))
        );
    }

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

    /// <summary>The names of a document's headings as code hosts make them, and as <c>eng/site</c> does.</summary>
    private static HashSet<string> Anchors(string document) =>
        [
            .. Heading()
                .Matches(Fence().Replace(Repository.Read(document), ""))
                .Select(match => NotInAnchors().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-')),
        ];

    /// <summary>What is in single backticks, fenced blocks left out.</summary>
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

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}\p{M} _-]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(
        @"\A# .+\n\nFor (the )?(everyone|everybody|anyone|people|users|authors|developers|operators|administrators|publishers|teams) "
    )]
    private static partial Regex Beginning();

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
