using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kilometers.Clients.Servers;
using Kilometers.Contracts;

namespace Kilometers.Clients.Tests.Changes;

/// <summary>Another process writes the same file all the time, as clients do: nothing that it wrote is lost.</summary>
public sealed class ConcurrentWriterTests : IDisposable
{
    private readonly ClientHome _home = new();

    public void Dispose() => _home.Dispose();

    /// <summary>
    /// Each update adds a line. One that is lost is missing at the end. <c>cp</c> refuses a file that is replaced between its two looks at it,
    /// so it tries again.
    /// </summary>
    [Theory]
    [InlineData(30000, "echo \"// update $i\" >>\"$file\"")]
    [InlineData(60, "text=$(cat \"$file\"); printf '%s\\n// update %s\\n' \"$text\" $i >\"$file\"")]
    [InlineData(
        60,
        "tries=0; until cp \"$file\" \"$file.tmp\"; do tries=$((tries + 1)); [ $tries -lt 1000 ] || exit 1; done; "
            + "echo \"// update $i\" >>\"$file.tmp\"; mv \"$file.tmp\" \"$file\""
    )]
    public async Task Write_AnotherProcessUpdatesTheFile_LosesNoneOfItsUpdates(int updates, string update)
    {
        var file = _home.Write("cursor", """{ "mcpServers": { "files": { "command": "npx", "args": ["-y"] } } }""" + "\n");
        using var writer = Process.Start(
            new ProcessStartInfo("sh", ["-c", $"file=$1; i=0; while [ $i -lt {updates} ]; do i=$((i + 1)); {update}; done", "sh", file])
        )!;
        var (done, refused) = (0, 0);
        var kept = new List<string>();
        try
        {
            while (!writer.HasExited)
            {
                try
                {
                    if (_home.Find("cursor").Entries is [{ State: EntryState.Wrapped }])
                        _home.Unwrap("cursor");
                    else
                        _home.Wrap("cursor");
                    done++;
                }
                catch (KmException e) when (e.Error.Code is ErrorCode.ConfigBusy)
                {
                    refused++;
                }
                catch (KmException e) when (e.Error.Detail?.Contains(".km-kept-", StringComparison.Ordinal) == true)
                {
                    // Both wrote within one moment: the user is told where the earlier version is.
                    kept.AddRange(TakeKept(file));
                }
                catch (KmException e)
                {
                    Assert.Fail($"{e.Message}: {e.Error.Detail}");
                }
            }
        }
        finally
        {
            writer.Kill(entireProcessTree: true);
            await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, writer.ExitCode);
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) + string.Concat(kept);
        var missing = Enumerable
            .Range(1, updates)
            .Where(number =>
                !text.Contains(string.Create(CultureInfo.InvariantCulture, $"// update {number}\n"), StringComparison.Ordinal)
            );
        Assert.Empty(missing);
        TestContext.Current.SendDiagnosticMessage($"{done} changes made, {refused} refused, {kept.Count} versions kept");

        // Alone with the file, km always succeeds; nothing of its own is left behind.
        _home.Unwrap("cursor");
        _home.Wrap("cursor");
        Assert.Equal(EntryState.Wrapped, Assert.Single(_home.Find("cursor").Entries).State);
        Assert.Equal([file], Directory.GetFileSystemEntries(Path.GetDirectoryName(file)!));
    }

    private static List<string> TakeKept(string file)
    {
        var kept = Directory.GetFiles(Path.GetDirectoryName(file)!, "*.km-kept-*").ToList();
        var texts = kept.ConvertAll(File.ReadAllText);
        kept.ForEach(File.Delete);
        Assert.NotEmpty(texts);
        return texts;
    }

    /// <summary>The client that locks its file is not disturbed while it holds the lock, and km does its work after it.</summary>
    [Fact]
    public async Task Write_ClientHoldsItsLock_WaitsForIt()
    {
        var file = _home.Write("claude-code", """{ "n": 1, "mcpServers": { "files": { "command": "npx" } } }""");
        var held = Directory.CreateDirectory(file + ".lock");

        var wrapping = Task.Run(() => _home.Wrap("claude-code"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            file,
            """{ "n": 2, "mcpServers": { "files": { "command": "npx" } } }""",
            TestContext.Current.CancellationToken
        );
        held.Delete();
        await wrapping;

        Assert.Contains("\"n\": 2", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(EntryState.Wrapped, Assert.Single(_home.Find("claude-code").Entries).State);
        Assert.False(Path.Exists(file + ".lock"));
    }

    [Fact]
    public void Write_LockIsLeftOver_DoesNotWait()
    {
        var file = _home.Write("claude-code", """{ "mcpServers": { "files": { "command": "npx" } } }""");
        var held = Directory.CreateDirectory(file + ".lock");
        held.LastWriteTimeUtc = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1);

        _home.Wrap("claude-code");

        Assert.Equal(EntryState.Wrapped, Assert.Single(_home.Find("claude-code").Entries).State);
        Assert.True(Path.Exists(held.FullName));
    }

    [Fact]
    public void Write_EntryChangedAfterItWasShown_IsRefused()
    {
        var file = _home.Write("cursor", """{ "mcpServers": { "files": { "command": "npx" } } }""");
        var config = _home.Find("cursor");
        var change = Clients.Changes.FileChange.Wrap(config, [config.Entries[0].Path]);
        var other = """{ "mcpServers": { "files": { "command": "something-else" } } }"""u8.ToArray();
        File.WriteAllBytes(file, other);

        var error = Assert.Throws<KmException>(() => _home.Writer.Write(change));

        Assert.Equal(ErrorCode.ConfigBusy, error.Error.Code);
        Assert.Equal(Encoding.UTF8.GetString(other), File.ReadAllText(file));
    }

    [Fact]
    public void Write_AnotherEntryChangedAfterItWasShown_KeepsThatChange()
    {
        var file = _home.Write("cursor", """{ "mcpServers": { "files": { "command": "npx" } } }""");
        var config = _home.Find("cursor");
        var change = Clients.Changes.FileChange.Wrap(config, [config.Entries[0].Path]);
        File.WriteAllText(file, """{ "mcpServers": { "new": { "command": "x" }, "files": { "command": "npx" } } }""");

        _home.Writer.Write(change);

        Assert.Equal(
            [("new", EntryState.NotWrapped), ("files", EntryState.Wrapped)],
            _home.Find("cursor").Entries.Select(entry => (entry.Name, entry.State))
        );
    }
}
