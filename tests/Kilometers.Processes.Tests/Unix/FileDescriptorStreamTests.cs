using Kilometers.Processes.Unix;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Processes.Tests.Unix;

public sealed class FileDescriptorStreamTests
{
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int NonBlocking = 0x800;

    [Fact]
    public async Task Read_NonBlockingEmptyPipe_WaitsForBytes()
    {
        var (reader, writer) = Open(nonBlocking: true);
        var buffer = new byte[10];
        var reading = Task.Run(() => reader.Read(buffer), TestContext.Current.CancellationToken);

        // Not a wait for something: the read must be in its wait.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(reading.IsCompleted);
        writer.Write("abc"u8);
        Assert.Equal(3, await reading.WaitAsync(Child.Limit, TestContext.Current.CancellationToken));
        writer.Dispose();
        Assert.Equal(0, reader.Read(buffer));
        reader.Dispose();
    }

    [Fact]
    public async Task Write_NonBlockingFullPipe_WritesAllOnceThereIsRoom()
    {
        var (reader, writer) = Open(nonBlocking: true);
        var bytes = new byte[5_000_000];
        Random.Shared.NextBytes(bytes);
        var writing = Task.Run(
            () =>
            {
                writer.Write(bytes);
                writer.Dispose();
            },
            TestContext.Current.CancellationToken
        );
        await Child.WaitForAsync(() => reader.WaitReadable(0), "the first bytes");
        var received = new MemoryStream();
        reader.CopyTo(received);
        await writing.WaitAsync(Child.Limit, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, received.ToArray());
        reader.Dispose();
    }

    [Fact]
    public void Write_ReaderGone_Throws()
    {
        var (reader, writer) = Open();
        writer.Write("x"u8);
        reader.Dispose();
        Assert.Throws<IOException>(() => writer.Write("x"u8));
        writer.Dispose();
    }

    [Fact]
    public void IsPeerGone_ReaderCloses_BecomesTrue()
    {
        var (reader, writer) = Open();
        Assert.False(writer.IsPeerGone());
        writer.Write("unread"u8);
        Assert.False(writer.IsPeerGone());
        reader.Dispose();
        Assert.True(writer.IsPeerGone());
        writer.Dispose();
    }

    [Fact]
    public void IsPeerGone_File_IsFalse()
    {
        var path = Path.GetTempFileName();
        using (var stream = new FileDescriptorStream(File.OpenHandle(path, FileMode.Open, FileAccess.Write), FileAccess.Write))
            Assert.False(stream.IsPeerGone());
        File.Delete(path);
    }

    [Fact]
    public void WaitReadable_BytesOrEnd_IsTrue()
    {
        var (reader, writer) = Open();
        Assert.False(reader.WaitReadable(0));
        Assert.False(reader.WaitReadable(20));
        writer.Write("x"u8);
        Assert.True(reader.WaitReadable(0));
        Assert.Equal('x', reader.ReadByte());
        Assert.False(reader.WaitReadable(0));
        writer.Dispose();
        Assert.True(reader.WaitReadable(-1));
        reader.Dispose();
    }

    [Fact]
    public void Dispose_Twice_ClosesOnce()
    {
        var (reader, writer) = Open();
        writer.Dispose();
        writer.Dispose();
        Assert.Equal(-1, reader.ReadByte());
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => reader.WaitReadable(0));
    }

    [Fact]
    public void Constructor_BothAccesses_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FileDescriptorStream(new SafeFileHandle(-1, false), FileAccess.ReadWrite));

    private static (FileDescriptorStream Reader, FileDescriptorStream Writer) Open(bool nonBlocking = false)
    {
        using var pipe = Pipe.Create();
        foreach (var end in nonBlocking ? new[] { pipe.Read, pipe.Write } : [])
            Assert.Equal(0, Libc.Fcntl(end, SetFlags, Libc.Fcntl(end, GetFlags, 0) | NonBlocking));
        return (new FileDescriptorStream(pipe.TakeRead(), FileAccess.Read), new FileDescriptorStream(pipe.TakeWrite(), FileAccess.Write));
    }
}
