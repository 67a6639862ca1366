using System.Text;
using Kilometers.Clients.Catalog;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;

namespace Kilometers.Clients.Tests.Catalog;

/// <summary>For each client a configuration as its users have it.</summary>
public sealed class FixtureTests : IDisposable
{
    private readonly ClientHome _home = new();

    /// <summary>Which servers each has that km can run.</summary>
    private static readonly Dictionary<string, string[]> Servers = new()
    {
        ["claude-code"] = ["github", "time", "shop-db", "linear"],
        ["claude-desktop"] = ["filesystem", "postgres"],
        ["cursor"] = ["playwright", "memory", "figma"],
        ["vscode"] = ["perplexity", "build", "docs"],
        ["windsurf"] = ["sequential-thinking", "remote"],
        ["zed"] = ["some-context-server", "older"],
        ["continue"] = ["SQLite", "plain", "Browser"],
        ["cline"] = ["github.com/modelcontextprotocol/servers/tree/main/src/fetch", "api"],
        ["roo"] = ["weather", "r"],
        ["junie"] = ["context7"],
        ["gemini"] = ["python-tools", "streamed"],
        ["antigravity"] = ["firebase", "remote"],
        ["codex"] = ["context7", "shop db", "inline", "dotted", "figma"],
        ["goose"] = ["fetch", "flow", "nothing", "remote"],
        ["amazon-q"] = ["aws-docs"],
        ["kiro"] = ["web-search"],
        ["lm-studio"] = ["rag", "hf"],
        ["opencode"] = ["everything", "alone", "docs"],
        ["copilot"] = ["playwright", "github"],
        ["amp"] = ["semgrep", "hosted"],
        ["kimi"] = ["chrome-devtools", "context7"],
        ["vibe"] = ["fetch_server", "bare", "my_http_server"],
        ["factory"] = ["store", "remote"],
    };

    public static TheoryData<string> Clients => [.. KnownClients.All.Select(client => client.Name)];

    public void Dispose() => _home.Dispose();

    [Theory]
    [MemberData(nameof(Clients))]
    public void Wrap_Fixture_RunsEachServerThroughKmAndUnwrapRestoresEveryByte(string client)
    {
        var original = Fixture(client);
        var file = _home.Write(client, original);
        var before = _home.Find(client).Entries.ToDictionary(entry => entry.Name);
        Assert.Equal(
            Servers[client].Order(),
            before.Values.Where(entry => entry.State == EntryState.NotWrapped).Select(entry => entry.Name).Order()
        );

        var backup = _home.Wrap(client);

        var after = _home.Find(client).Entries.ToDictionary(entry => entry.Name);
        foreach (var name in Servers[client])
        {
            Assert.Equal(EntryState.Wrapped, after[name].State);
            Assert.Equal(
                before[name].Address is { } address
                    ? address.Words(name, _home.Km, isCommitted: false)
                    : [_home.KmPath, "monitor", "--name", name, "--", .. before[name].Command!.Words],
                after[name].Command!.Words
            );
        }

        Assert.Equal(original, File.ReadAllBytes(backup!));
        _home.Unwrap(client);
        Assert.Equal(original, File.ReadAllBytes(file));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void Unwrap_FixtureWithoutRecords_RestoresWhatIsStarted(string client)
    {
        _home.Write(client, Fixture(client));
        var before = _home.Find(client).Entries;
        _home.Wrap(client);
        Directory.Delete(Path.Combine(_home.Folder, ".km"), recursive: true);

        _home.Unwrap(client);

        Assert.Equal(before.Select(What), _home.Find(client).Entries.Select(What));

        static (string, EntryState, string, string?, string) What(ServerEntry entry) =>
            (
                entry.Name,
                entry.State,
                string.Join('\0', entry.Command?.Words ?? []),
                entry.Address?.Text,
                string.Join('\0', entry.Address?.Words("s", new KmProgram { Own = ["km"], SearchPath = [] }, false) ?? [])
            );
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void Of_FixtureThatIsWrapped_ShowsTheCommandAndNoSecret(string client)
    {
        _home.Write(client, Fixture(client));
        var config = _home.Find(client);
        var paths = config.Entries.Where(entry => entry.State == EntryState.NotWrapped).Select(entry => entry.Path).ToList();
        var change = FileChange.Wrap(config, paths);
        var shown = new ShownText(change.After, config.EntriesOf(change.After), text =>
            text.Replace("fixture-secret-1", "***", StringComparison.Ordinal)
        );

        var diff = UnifiedDiff.Of(new ShownText(config.Document!, config.Entries, text => text), shown);

        Assert.Contains(diff, line => line.Sign == '+' && line.Text.Contains("monitor", StringComparison.Ordinal));
        Assert.DoesNotContain("fixture-secret", string.Join('\n', shown.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void Wrap_FixtureAsAnotherEditorWritesIt_RestoresEveryByte(string client)
    {
        // A byte order mark, and lines that end as on Windows.
        byte[] original =
        [
            0xEF,
            0xBB,
            0xBF,
            .. Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Fixture(client)).Replace("\n", "\r\n", StringComparison.Ordinal)),
        ];
        var file = _home.Write(client, original);

        _home.Wrap(client);

        var wrapped = File.ReadAllText(file);
        Assert.Equal(Servers[client].Length, _home.Find(client).Entries.Count(entry => entry.State == EntryState.Wrapped));
        Assert.Equal(wrapped.Count(c => c == '\n'), wrapped.Split("\r\n").Length - 1);
        _home.Unwrap(client);
        Assert.Equal(original, File.ReadAllBytes(file));
    }

    private static byte[] Fixture(string client) =>
        File.ReadAllBytes(Assert.Single(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures"), client + ".*")));
}
