using System.Diagnostics;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Audit.Tests;

/// <summary>When nothing is written at all.</summary>
public sealed class AuditLogRefusalTests : IDisposable
{
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Append_DirectoryIsALink_IsRefused()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_log.Parent, "elsewhere")).FullName;
        Directory.CreateSymbolicLink(_log.Folder, elsewhere);
        Assert.Contains("symbolic link", _log.AssertNotWritten(), StringComparison.Ordinal);

        // A separator at the end makes the system follow the link.
        var error = Assert.Throws<KmException>(() => new AuditLog(_log.Folder + "/", _log.Time).Append(LogFolder.Record("x"))).Error;
        Assert.Equal(ErrorCode.AuditNotWritten, error.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
    }

    [Theory]
    [InlineData("audit.jsonl")]
    [InlineData("audit.lock")]
    [InlineData("audit.turn")]
    [InlineData("checkpoint.key")]
    [InlineData("checkpoint.pub")]
    [InlineData("head.json")]
    public void Append_FileIsALink_IsRefused(string name)
    {
        _log.With(1);
        var file = Path.Combine(_log.Folder, name);
        var moved = Path.Combine(_log.Parent, name);
        File.Move(file, moved);
        File.CreateSymbolicLink(file, moved);
        var before = File.ReadAllBytes(moved);
        Assert.Contains("symbolic link", _log.AssertNotWritten(), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(moved));
    }

    [Theory]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void Append_OthersMayWrite_IsRefused(UnixFileMode others)
    {
        _log.With(1);
        foreach (var path in new[] { _log.Folder, _log.Paths.Log })
        {
            var mode = File.GetUnixFileMode(path);
            File.SetUnixFileMode(path, mode | others);
            Assert.Contains("Other users may write", _log.AssertNotWritten(), StringComparison.Ordinal);
            File.SetUnixFileMode(path, mode);
        }

        _log.With(1);
        _log.AssertIntact(2);
    }

    [Fact]
    public void Append_OthersMayReadTheKey_IsRefused()
    {
        _log.With(1);
        File.SetUnixFileMode(_log.Paths.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Contains("checkpoint.key may be used by other users", _log.AssertNotWritten(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("audit.jsonl")]
    [InlineData("checkpoint.key")]
    public void Append_BelongsToAnotherUser_IsRefused(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "another user's file: only root can make one");
        _log.With(1);
        Run("chown", "65534", Path.Combine(_log.Folder, name));
        Assert.Contains("65534", _log.AssertNotWritten(), StringComparison.Ordinal);
    }

    [Fact]
    public void Append_DirectoryCannotBeMade_IsRefused()
    {
        File.WriteAllText(Path.Combine(_log.Parent, "file"), "");
        var log = new AuditLog(Path.Combine(_log.Parent, "file", "audit"), _log.Time);
        Assert.Equal(ErrorCode.AuditNotWritten, Assert.Throws<KmException>(() => log.Append(LogFolder.Record("x"))).Error.Code);
    }

    [Fact]
    public void Append_LogIsADirectory_IsRefused()
    {
        Directory.CreateDirectory(_log.Paths.Log);
        File.SetUnixFileMode(_log.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _log.AssertNotWritten();
    }

    [Fact]
    public void Append_HeadCannotBeReplaced_TakesTheRecordBack()
    {
        _log.With(2);
        var before = File.ReadAllBytes(_log.Paths.Log);
        File.Delete(_log.Paths.Head);
        Directory.CreateDirectory(_log.Paths.Head);
        Assert.Equal(ErrorCode.AuditNotWritten, Assert.Throws<KmException>(() => _log.Log.Append(LogFolder.Record("x"))).Error.Code);
        Assert.Equal(before, File.ReadAllBytes(_log.Paths.Log));
    }

    [Fact]
    public void Append_KeyIsMissing_IsRefusedBecauseAnotherWouldFitNothing()
    {
        _log.With(1);
        File.Delete(_log.Paths.Key);
        Assert.Contains("checkpoint.key is missing", _log.AssertNotWritten(), StringComparison.Ordinal);
        Assert.False(File.Exists(_log.Paths.Key));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    public void Append_KeyIsNotUsable_IsRefused(string content)
    {
        _log.With(1);
        File.WriteAllText(_log.Paths.Key, content);
        Assert.Contains("not a usable key", _log.AssertNotWritten(), StringComparison.Ordinal);
    }

    [Fact]
    public void Append_KeyWasReplaced_IsRefused()
    {
        using var other = new LogFolder().With(1);
        _log.With(1);
        File.WriteAllBytes(_log.Paths.Key, File.ReadAllBytes(other.Paths.Key));
        Assert.Contains("does not belong to", _log.AssertNotWritten(), StringComparison.Ordinal);
    }

    [Fact]
    public void Append_LastLineIsTooLongForARecord_IsRefused()
    {
        _log.With(2).AppendRaw(new string('x', 300_000) + "\n");
        Assert.Contains("too long to be a record", _log.AssertNotWritten(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_OthersKeepTheLock_GivesUpAfterFiveSeconds()
    {
        _log.With(1);
        var start = _log.Time.GetUtcNow();
        using var held = PrivateFile.TryLock(_log.Paths.Lock);
        var append = Task.Run(() => _log.Log.Append(LogFolder.Record("x")), TestContext.Current.CancellationToken);
        while (!append.IsCompleted)
        {
            _log.Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.WhenAny(append, Task.Delay(1, TestContext.Current.CancellationToken));
        }

        var error = (await Assert.ThrowsAsync<KmException>(() => append)).Error;
        Assert.Equal(ErrorCode.AuditNotWritten, error.Code);
        Assert.Contains("more than 5 s", error.Detail, StringComparison.Ordinal);
        Assert.InRange(_log.Time.GetUtcNow() - start, TimeSpan.FromSeconds(5), TimeSpan.MaxValue);
        Assert.Single(_log.Lines);
    }

    [Fact]
    public async Task Append_OthersLetGoOfTheLock_IsWritten()
    {
        _log.With(1);
        var held = PrivateFile.TryLock(_log.Paths.Lock)!;
        var append = Task.Run(() => _log.Log.Append(LogFolder.Record("x")), TestContext.Current.CancellationToken);
        _log.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(append.IsCompleted);
        held.Dispose();
        while (!append.IsCompleted)
        {
            _log.Time.Advance(TimeSpan.FromMilliseconds(5));
            await Task.WhenAny(append, Task.Delay(1, TestContext.Current.CancellationToken));
        }

        await append;
        _log.AssertIntact(2);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
