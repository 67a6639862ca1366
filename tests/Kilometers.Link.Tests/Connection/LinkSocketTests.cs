using System.Text;
using Kilometers.Link.Connection;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Kilometers.Link.Tests.Connection;

public sealed class LinkSocketTests : IDisposable
{
    private readonly LinkSocket _here;
    private readonly LinkSocket _there;

    public LinkSocketTests() => (_here, _there) = LinkSocket.TryPair()!.Value;

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }

    [Fact]
    public void TrySend_Frames_ArriveInOrderWithTheirContent()
    {
        Assert.True(_here.TrySend(FrameKind.Text, "one"u8));
        Assert.True(_here.TrySend(FrameKind.Done));
        Assert.True(_there.TryReceive(out var first, out var content));
        Assert.Equal((FrameKind.Text, "one"), (first, Encoding.UTF8.GetString(content)));
        Assert.True(_there.TryReceive(out var second, out content));
        Assert.Equal((FrameKind.Done, 0), (second, content.Length));
    }

    [Fact]
    public void TrySend_Descriptors_LeadToTheSameFileThere()
    {
        var path = Path.GetTempFileName();
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, options: FileOptions.DeleteOnClose);
        RandomAccess.Write(file, "shared"u8, 0);
        Assert.True(_here.TrySend(FrameKind.Hello, "x"u8, file));
        var passed = new List<SafeFileHandle>();
        Assert.True(_there.TryReceive(out _, out _, passed));
        using var received = Assert.Single(passed);
        var buffer = new byte[6];
        Assert.Equal(6, RandomAccess.Read(received, buffer, 0));
        Assert.Equal("shared", Encoding.UTF8.GetString(buffer));
    }

    [Fact]
    public void TrySend_NobodyReads_GivesUpInsteadOfWaiting()
    {
        var content = new byte[64 * 1024];
        var sent = 0;
        while (_here.TrySend(FrameKind.Text, content))
            Assert.True(++sent < 1000);
    }

    [Fact]
    public void TryReceive_OtherEndIsGone_IsFalse()
    {
        _here.Dispose();
        Assert.False(_there.TryReceive(out _, out _));
        Assert.False(_there.TrySend(FrameKind.Busy));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void TryReceive_LengthMakesNoSense_IsFalse(int length)
    {
        var head = new byte[8];
        head[0] = (byte)FrameKind.Text;
        BitConverter.TryWriteBytes(head.AsSpan(4), length);
        using var raw = new FileStream(new SafeFileHandle(_here.Handle.DangerousGetHandle(), ownsHandle: false), FileAccess.Write, 0);
        raw.Write(head);
        Assert.False(_there.TryReceive(out _, out _));
    }

    [Fact]
    public void Read_WhatWriteWrote_IsTheSame()
    {
        var hello = new SessionHello
        {
            Options = ["--name", "ä b"],
            Server = ["sh", "-c", ""],
            Folder = null,
            Process = 7,
            Started = 123456789,
            IsTerminal = true,
            Columns = 80,
            TerminalVariables = ["TERM", "xterm"],
            Waits = true,
        };
        var read = SessionHello.Read(hello.Write().Content);
        Assert.Equal(hello.Options, read.Options);
        Assert.Equal(hello.Server, read.Server);
        Assert.Null(read.Folder);
        Assert.Equal(hello.TerminalVariables, read.TerminalVariables);
        Assert.Equal(
            (7, 123456789, true, 80, true, false),
            (read.Process, read.Started, read.IsTerminal, read.Columns, read.Waits, read.IsResumed)
        );
    }

    [Fact]
    public void Read_AnyPrefixOfAHello_IsRefused()
    {
        var bytes = new SessionHello
        {
            Options = ["a"],
            Server = ["b"],
            Folder = "/",
            Process = 1,
            Started = 2,
        }
            .Write()
            .Content.ToArray();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => SessionHello.Read(bytes.AsSpan(0, length)));
    }
}
