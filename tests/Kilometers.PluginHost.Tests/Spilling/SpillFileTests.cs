using System.Text;
using CsCheck;
using Kilometers.PluginHost.Spilling;

namespace Kilometers.PluginHost.Tests.Spilling;

public sealed class SpillFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadAndWrite_InAnyOrder_GiveEveryBlockOnceInOrder() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 3_000_000])
            .Array[0, 30]
            .Sample(
                calls =>
                {
                    using var file = new SpillFile(_folder.Path, 20_000_000);
                    var expected = new Queue<byte[]>();
                    var size = 0L;
                    foreach (var (what, length) in calls)
                    {
                        if (what > 1)
                        {
                            var block = new byte[length];
                            new Random(length).NextBytes(block);
                            var fits = size + length + 16 <= 20_000_000;
                            Assert.Equal(fits, file.TryWrite(block));
                            if (!fits)
                                continue;
                            expected.Enqueue(block);
                            size += length + 16;
                        }
                        else if (expected.TryDequeue(out var block))
                        {
                            Assert.Equal(block, file.Read());
                            size -= block.Length + 16;
                        }

                        Assert.Equal(expected.Count == 0, file.IsEmpty);
                    }

                    while (expected.TryDequeue(out var block))
                        Assert.Equal(block, file.Read());
                },
                iter: 60,
                threads: 1
            );

    [Fact]
    public void Write_LeavesNoNameAndNothingReadable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "looks at open files through /proc");
        using var file = new SpillFile(_folder.Path, 1 << 20);
        var secret = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a secret of somebody ", 1000)));
        Assert.True(file.TryWrite(secret));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        var open = OpenFile();
        Assert.Equal(secret.Length + 16, open.Length);
        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(open), StringComparison.Ordinal);
        Assert.Equal(secret, file.Read());
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("truncate")]
    [InlineData("swap")]
    public void Read_OfABlockThatWasChanged_IsNoContentAndTheNextIsUnharmed(string how)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reaches the open file through /proc");
        using var file = new SpillFile(_folder.Path, 1 << 20);
        byte[][] blocks =
        [
            [1, 2, 3, 4],
            [5, 6, 7, 8],
            [9, 9, 9, 9],
        ];
        foreach (var block in blocks)
            Assert.True(file.TryWrite(block));
        var path = OpenPath();
        var bytes = File.ReadAllBytes(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            if (how == "flip")
                bytes[3] ^= 1;
            stream.Write(how == "swap" ? [.. bytes[20..40], .. bytes[..20], .. bytes[40..]] : bytes);
            if (how == "truncate")
                stream.SetLength(50);
        }

        if (how == "truncate")
        {
            Assert.Equal(blocks[0], file.Read());
            Assert.Equal(blocks[1], file.Read());
            Assert.Throws<InvalidDataException>(file.Read);
        }
        else
        {
            Assert.Throws<InvalidDataException>(file.Read);
            if (how == "swap")
                Assert.Throws<InvalidDataException>(file.Read);
            else
                Assert.Equal(blocks[1], file.Read());
            Assert.Equal(blocks[2], file.Read());
        }

        Assert.True(file.IsEmpty);
    }

    [Fact]
    public void Write_IntoAFullDisk_LosesNothingThatWasThere()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess,
            "mounts a small file system: runs as root on Linux only"
        );
        Assert.SkipUnless(
            Run("mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", _folder.Path) == 0,
            "this machine lets tests mount nothing"
        );
        try
        {
            using var file = new SpillFile(_folder.Path, 1 << 30);
            var written = new Queue<byte[]>();
            while (true)
            {
                var block = new byte[50_000];
                Random.Shared.NextBytes(block);
                try
                {
                    Assert.True(file.TryWrite(block));
                    written.Enqueue(block);
                }
                catch (IOException)
                {
                    break;
                }
            }

            Assert.InRange(written.Count, 3, 5);
            while (written.TryDequeue(out var block))
                Assert.Equal(block, file.Read());
            Assert.True(file.TryWrite(new byte[50_000]));
        }
        finally
        {
            Run("umount", "-l", _folder.Path);
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>The file has no name; its open descriptor leads to it.</summary>
    private string OpenPath()
    {
        return Directory.EnumerateFiles("/proc/self/fd").Single(IsOurs);

        bool IsOurs(string path)
        {
            try
            {
                return File.ResolveLinkTarget(path, false)?.FullName.StartsWith(_folder.Path, StringComparison.Ordinal) == true;
            }
            catch (IOException)
            {
                return false; // one of another test, closed since it was listed
            }
        }
    }

    private byte[] OpenFile() => File.ReadAllBytes(OpenPath());
}
