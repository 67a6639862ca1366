using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;
using Kilometers.Contracts;

namespace Kilometers.Clients.Tests.Changes;

/// <summary>What comes back, and what does not because somebody changed it.</summary>
public sealed class UnwrapTests : IDisposable
{
    private const string Original = """
        {
          "mcpServers": {
            "files": { "command": "npx", "args": [ "-y" ], "env": { "A": "1" } }
          }
        }
        """;

    private readonly ClientHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("\"A\": \"1\"", "\"A\": \"2\"")]
    [InlineData("\"-y\"", "\"-y\", \"--more\"")]
    [InlineData("\"--name\"", "\"--quiet\", \"--name\"")]
    public void Unwrap_EntryWasChanged_IsRefusedAndLeavesTheFile(string old, string now)
    {
        var file = _home.Write("cursor", Original);
        _home.Wrap("cursor");
        var changed = File.ReadAllText(file).Replace(old, now, StringComparison.Ordinal);
        File.WriteAllText(file, changed);

        var error = Assert.Throws<KmException>(() => _home.Unwrap("cursor"));

        Assert.Equal(ErrorCode.EntryChanged, error.Error.Code);
        Assert.Equal(changed, File.ReadAllText(file));
    }

    [Fact]
    public void Unwrap_ClientWroteTheSameInAnotherWay_RestoresTheEntry()
    {
        var file = _home.Write("cursor", Original);
        _home.Wrap("cursor");
        using (var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(file)))
            File.WriteAllText(file, System.Text.Json.JsonSerializer.Serialize(document.RootElement));

        _home.Unwrap("cursor");

        Assert.Equal("""{"mcpServers":{"files":{ "command": "npx", "args": [ "-y" ], "env": { "A": "1" } }}}""", File.ReadAllText(file));
    }

    [Fact]
    public void Unwrap_OtherPartsWereChanged_KeepsThem()
    {
        var file = _home.Write("cursor", Original);
        _home.Wrap("cursor");
        File.WriteAllText(file, "// new\n" + File.ReadAllText(file));

        _home.Unwrap("cursor");

        Assert.Equal("// new\n" + Original, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("", "\n# new\n")]
    [InlineData("\n# new\n", "\n# newer\n")]
    public void Unwrap_LinesWereAddedBehindATextInLines_KeepsThem(string before, string after)
    {
        const string Entry = "extensions:\n  a:\n    cmd: npx\n    description: >-\n      text\n";
        var file = _home.Write("goose", Entry + before);
        _home.Wrap("goose");
        File.AppendAllText(file, after);

        _home.Unwrap("goose");

        Assert.Equal(Entry + before + after, File.ReadAllText(file));
    }

    [Fact]
    public void Unwrap_RecordIsDamaged_IsRefused()
    {
        var file = _home.Write("cursor", Original);
        _home.Wrap("cursor");
        var wrapped = File.ReadAllText(file);
        File.WriteAllText(Assert.Single(Directory.GetFiles(Path.Combine(_home.Folder, ".km/wrap/entries"))), "{");

        var error = Assert.Throws<KmException>(() => _home.Unwrap("cursor"));

        Assert.Equal(ErrorCode.ConfigUnreadable, error.Error.Code);
        Assert.Equal(wrapped, File.ReadAllText(file));
    }

    [Fact]
    public void Restore_Backup_GivesTheWholeFileBack()
    {
        var file = _home.Write("cursor", Original);
        _home.Wrap("cursor");
        File.WriteAllText(file, "not JSON any more");
        var config = _home.Find("cursor");
        Assert.NotNull(config.Problem);

        _home.Writer.Write(FileChange.Restore(config, _home.Store.Newest(config.Source!.Path)!.Value.Content));

        Assert.Equal(Original, File.ReadAllText(file));
    }

    [Fact]
    public void Backup_Many_KeepsTheNewestForTheUserAlone()
    {
        var file = _home.Write("cursor", Original);
        for (var round = 0; round < WrapStore.MaxBackups; round++)
        {
            _home.Wrap("cursor");
            _home.Unwrap("cursor");
        }

        var store = Path.Combine(_home.Folder, ".km/wrap");
        var backups = Directory.GetFiles(store, "*.before-*", SearchOption.AllDirectories);
        Assert.Equal(WrapStore.MaxBackups, backups.Length);
        Assert.Equal(Original, System.Text.Encoding.UTF8.GetString(_home.Store.Newest(file)!.Value.Content));
        const UnixFileMode Others =
            UnixFileMode.GroupRead
            | UnixFileMode.GroupWrite
            | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead
            | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute;
        Assert.All(Directory.GetFileSystemEntries(store, "*", SearchOption.AllDirectories).Append(store), entry =>
            Assert.Equal(default, File.GetUnixFileMode(entry) & Others)
        );
    }

    [Fact]
    public void TryLock_AnotherKmHasIt_IsNull()
    {
        using (Assert.IsType<Microsoft.Win32.SafeHandles.SafeFileHandle>(_home.Store.TryLock()))
            Assert.Null(_home.Store.TryLock());
        using var again = _home.Store.TryLock();
        Assert.NotNull(again);
    }

    [Fact]
    public void Wrap_AlreadyWrapped_ChangesNothing()
    {
        var file = _home.Write("cursor", Original);
        _home.Wrap("cursor");
        var wrapped = File.ReadAllText(file);

        Assert.Null(_home.Wrap("cursor"));

        Assert.Equal(wrapped, File.ReadAllText(file));
        Assert.Equal(EntryState.Wrapped, Assert.Single(_home.Find("cursor").Entries).State);
    }
}
