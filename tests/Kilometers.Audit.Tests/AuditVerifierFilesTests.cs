using System.Diagnostics;

namespace Kilometers.Audit.Tests;

/// <summary>What verification says about the files themselves, and about copies of the head.</summary>
public sealed class AuditVerifierFilesTests : IDisposable
{
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("audit.jsonl")]
    [InlineData("head.json")]
    [InlineData("checkpoint.pub")]
    [InlineData("checkpoint.key")]
    [InlineData("audit.lock")]
    public void Verify_Link_IsNotFollowed(string name)
    {
        _log.With(5);
        var path = name.Length == 0 ? _log.Folder : Path.Combine(_log.Folder, name);
        var moved = Path.Combine(_log.Parent, "moved");
        Directory.Move(path, moved);
        File.CreateSymbolicLink(path, moved);
        _log.AssertDamaged("Link");
        Assert.Equal(0, _log.Verify().Records);
    }

    [Theory]
    [InlineData("", UnixFileMode.OtherWrite)]
    [InlineData("", UnixFileMode.GroupRead)]
    [InlineData("audit.jsonl", UnixFileMode.OtherWrite)]
    [InlineData("audit.jsonl", UnixFileMode.GroupRead)]
    [InlineData("head.json", UnixFileMode.GroupWrite)]
    [InlineData("checkpoint.key", UnixFileMode.OtherRead)]
    [InlineData("checkpoint.pub", UnixFileMode.OtherWrite)]
    public void Verify_OthersMayUseIt_IsFoundAndTheRestIsVerified(string name, UnixFileMode others)
    {
        _log.With(5);
        var path = Path.Combine(_log.Folder, name);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | others);
        _log.AssertDamaged("WrongMode");
        Assert.Equal(5, _log.Verify().Records);
    }

    [Fact]
    public void Verify_FileOfAnotherUser_IsFound()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "another user's file: only root can make one");
        _log.With(5);
        Chown("65534", _log.Paths.Log);
        _log.AssertDamaged("WrongOwner");
    }

    [Fact]
    public void Verify_RootLooksAtTheLogOfAUser_IsIntact()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "another user's log: only root can look at one");
        _log.With(5);
        Chown("-R", "65534", _log.Folder);
        _log.AssertIntact(5);
    }

    [Fact]
    public void Verify_LogThatCannotBeRead_IsNotVerified()
    {
        _log.With(5);
        File.Delete(_log.Paths.PublicKey);
        Directory.CreateDirectory(_log.Paths.PublicKey);
        File.WriteAllText(_log.Paths.Head, new string(' ', 5000));
        var result = _log.Verify();
        Assert.Equal(AuditOutcome.NotVerified, result.Outcome);
        Assert.Contains("NotReadable", _log.Faults());
    }

    [Fact]
    public void Verify_PipeInPlaceOfAFile_IsNotWaitedFor()
    {
        _log.With(5);
        foreach (var file in new[] { _log.Paths.Log, _log.Paths.Head })
        {
            var moved = file + ".moved";
            File.Move(file, moved);
            using (var mkfifo = Process.Start("mkfifo", ["-m", "600", file]))
                mkfifo.WaitForExit();
            Assert.Equal(AuditOutcome.NotVerified, _log.Verify().Outcome);
            Assert.Equal(
                Contracts.ErrorCode.AuditNotWritten,
                Assert.Throws<Contracts.KmException>(() => _log.Log.Append(LogFolder.Record("x"))).Error.Code
            );
            File.Move(moved, file, overwrite: true);
        }

        _log.AssertIntact(5);
    }

    [Fact]
    public void Verify_WithAnOlderHeadKeptElsewhere_IsIntact()
    {
        _log.With(5);
        var copy = Keep();
        _log.With(5);
        Assert.Equal(AuditOutcome.Intact, _log.Verify(copy).Outcome);
        Assert.Equal(AuditOutcome.Intact, _log.Verify(Keep()).Outcome);
    }

    [Fact]
    public void Verify_LogAndHeadRolledBackTogether_IsFoundOnlyWithTheCopy()
    {
        _log.With(5);
        var (log, head) = (File.ReadAllBytes(_log.Paths.Log), File.ReadAllBytes(_log.Paths.Head));
        _log.With(5);
        var copy = Keep();
        File.WriteAllBytes(_log.Paths.Log, log);
        File.WriteAllBytes(_log.Paths.Head, head);
        _log.AssertIntact(5);
        Assert.Equal(AuditOutcome.Damaged, _log.Verify(copy).Outcome);
        Assert.Equal(["CopyMismatch"], _log.Faults(copy));

        // Nor does it help to write as many records again.
        _log.Time.Advance(TimeSpan.FromSeconds(1));
        _log.With(6);
        _log.AssertIntact(11);
        Assert.Equal(["CopyMismatch"], _log.Faults(copy));
    }

    [Fact]
    public void Verify_LogWrittenAnewWithAnotherKey_IsFoundWithTheCopy()
    {
        _log.With(5);
        var copy = Keep();
        Directory.Delete(_log.Folder, recursive: true);
        _log.Time.Advance(TimeSpan.FromSeconds(1));
        _log.With(5);
        _log.AssertIntact(5);
        Assert.Equal(["CopyInvalid", "CopyMismatch"], _log.Faults(copy));
    }

    [Theory]
    [InlineData("\"seq\":5", "\"seq\":4")]
    [InlineData("{", "[")]
    public void Verify_CopyWasEdited_IsFound(string old, string replacement)
    {
        _log.With(5);
        var copy = Keep();
        File.WriteAllText(copy, File.ReadAllText(copy).Replace(old, replacement, StringComparison.Ordinal));
        Assert.Equal(AuditOutcome.Damaged, _log.Verify(copy).Outcome);
        Assert.Contains("CopyInvalid", _log.Faults(copy));
    }

    [Fact]
    public void Verify_CopyIsMissing_IsNotIntact()
    {
        _log.With(5);
        Assert.Equal(["CopyInvalid"], _log.Faults(Path.Combine(_log.Parent, "none")));
        Assert.NotEqual(AuditOutcome.Intact, _log.Verify(Path.Combine(_log.Parent, "none")).Outcome);
    }

    private string Keep()
    {
        var copy = Path.Combine(_log.Parent, $"kept-{Guid.NewGuid():N}.json");
        File.Copy(_log.Paths.Head, copy);
        return copy;
    }

    private static void Chown(params string[] arguments)
    {
        using var process = Process.Start("chown", arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
