using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Kilometers.RecorderBench;

/// <summary>A call as a bench records it: request and response.</summary>
internal sealed record Call(string Tool, byte[] Request, byte[] Response, bool IsError);

/// <summary>
/// Calls as real servers answer them: files, search results, rows, texts, errors. What they return is in this repository: its sources and
/// documents; a session works on a few files, as people do. Rows have random ids, which neither compress nor repeat.
/// </summary>
internal sealed class Traffic
{
    private static readonly string[] Tools = ["read_file", "search_code", "query", "get_issue", "list_directory", "fetch", "write_file"];
    private static readonly string[] Folders = ["src", "tests", "docs", "bench"];

    private readonly Random _random;
    private const int FilesOfSession = 15;
    private readonly (string Path, string Text, string[] Lines)[] _all;
    private (string Path, string Text, string[] Lines)[] _files;
    private readonly string[] _words;
    private int _id;

    public Traffic(string repository, int seed)
    {
        _random = new Random(seed);
        _all =
        [
            .. from folder in Folders
            from path in Directory.EnumerateFiles(Path.Combine(repository, folder), "*.*", SearchOption.AllDirectories)
            where path.EndsWith(".cs", StringComparison.Ordinal) || path.EndsWith(".md", StringComparison.Ordinal)
            where !path.Contains("/obj/", StringComparison.Ordinal)
            let text = string.Concat(File.ReadAllText(path).Where(one => !char.IsSurrogate(one))) // slices may end anywhere
            where text.Length > 400
            orderby path
            select (Path.GetRelativePath(repository, path), text, text.Split('\n')),
        ];
        _files = _all;
        _words = [.. _all.SelectMany(file => file.Text.Split([' ', '\n', '.', '(', ')', ',', ';', '"'], Tidy)).Take(400_000)];
    }

    private const StringSplitOptions Tidy = StringSplitOptions.RemoveEmptyEntries;

    /// <summary>The next session works on other files.</summary>
    public void BeginSession() => _files = _random.GetItems(_all, FilesOfSession);

    public Call Next()
    {
        var tool = Tools[(int)(Tools.Length * Math.Pow(_random.NextDouble(), 1.5))];
        var isError = _random.Next(100) < 3;
        var id = ++_id;
        var arguments = tool switch
        {
            "search_code" or "query" => $$"""{"query":"{{Words(_random.Next(1, 6))}}","limit":{{_random.Next(5, 50)}}}""",
            "get_issue" => $$"""{"owner":"{{Word()}}","repo":"{{Word()}}","number":{{_random.Next(1, 9000)}}}""",
            "write_file" => $$"""{"path":"{{PathOf()}}","content":{{Quote(Code(Length(900)))}}}""",
            "fetch" => $$"""{"url":"https://{{Word()}}.example/{{Word()}}/{{Guid()}}"}""",
            _ => $$"""{"path":"{{PathOf()}}"}""",
        };
        var text = isError
            ? $"Error: permission denied: {PathOf()}"
            : tool switch
            {
                "search_code" => Lines(_random.Next(3, 20), Line),
                "query" => Lines(_random.Next(2, 25), Row),
                "get_issue" or "fetch" => Code(Length(1500)),
                "list_directory" => Lines(_random.Next(4, 40), () => "[FILE] " + Path.GetFileName(PathOf())),
                "write_file" => "Successfully wrote to " + PathOf(),
                _ => Code(Length(1800)),
            };
        return new Call(
            tool,
            Encoding.UTF8.GetBytes(
                $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}},"_meta":{"progressToken":{{{id}}} } } }"""
            ),
            Encoding.UTF8.GetBytes(
                $$$"""{"result":{"content":[{"type":"text","text":{{{Quote(text)}}}}]{{{(isError ? ",\"isError\":true" : "")}}}},"jsonrpc":"2.0","id":{{{id}}}}"""
            ),
            isError
        );
    }

    private string Word()
    {
        var word = _words[_random.Next(_words.Length)];
        return word.All(char.IsAsciiLetter) ? word : "value";
    }

    private string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => Word()));

    private string PathOf() => "/home/user/project/" + _files[_random.Next(_files.Length)].Path;

    private string Line()
    {
        var (path, _, lines) = _files[_random.Next(_files.Length)];
        var at = _random.Next(lines.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{path}:{at + 1}: {lines[at]}");
    }

    private string Guid()
    {
        var bytes = new byte[16];
        _random.NextBytes(bytes);
        return new System.Guid(bytes).ToString();
    }

    private string Row() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"id\":\"{Guid()}\",\"{Word()}\":{_random.Next(100_000)},\"created\":\"2026-11-{_random.Next(1, 29):00}T10:{_random.Next(60):00}:00Z\",\"title\":\"{Words(4)}\"}}"
        );

    private string Code(int length)
    {
        var text = _files[_random.Next(_files.Length)].Text;
        var start = _random.Next(Math.Max(1, text.Length - length));
        return text.Substring(start, Math.Min(length, text.Length - start));
    }

    private static string Lines(int count, Func<string> line) => string.Join('\n', Enumerable.Range(0, count).Select(_ => line()));

    private int Length(int mean) => 20 + (int)(-mean * Math.Log(1 - (_random.NextDouble() * 0.999)));

    private static string Quote(string text) => "\"" + JsonEncodedText.Encode(text).Value + "\"";
}
