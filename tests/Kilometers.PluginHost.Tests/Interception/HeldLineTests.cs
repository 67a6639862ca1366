using System.Text;
using Kilometers.PluginHost.Interception;

namespace Kilometers.PluginHost.Tests.Interception;

public sealed class HeldLineTests
{
    [Fact]
    public void Read_Request_IsOneCall()
    {
        var line = Read("""{"jsonrpc":"2.0","id":"1","method":"tools\/call","params":{"name":"a\u0064d","task":{}}}""" + "\r\n");
        var call = Assert.Single(line.Calls);
        Assert.Null(line.Problem);
        Assert.Equal(("tools/call", "add", "\"1\"", true), (call.Envelope.Method, call.Tool, call.Envelope.Id, call.WantsTask));
        Assert.EndsWith("}", Encoding.UTF8.GetString(line.Text.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Batch_IsACallForEachElement()
    {
        var line = Read("""[{"id":1,"method":"ping"},{"method":"tools/call","params":{"name":"x"}},{"id":2,"result":{}}]""");
        Assert.True(line.IsBatch);
        Assert.Equal(["ping", "tools/call", null], line.Calls.Select(call => call.Envelope.Method));
    }

    [Theory]
    [InlineData("tools/call")]
    [InlineData("{\"id\":1,\"method\":\"tools/call\",}")]
    [InlineData("""{"id":1,"method":"ping","method":"tools/call"}""")]
    [InlineData("""{"id":1,"method":"ping","\u006dethod":"tools/call"}""")]
    [InlineData("""{"id":1,"method":"ping","Method":"tools/call"}""")]
    [InlineData("""{"id":1,"method":"tools/call","params":{"name":"a","name":"b"}}""")]
    [InlineData("""{"id":1,"method":"tools/call","params":{"name":"a","NAME":"b"}}""")]
    [InlineData("""{"id":1,"method":["tools/call"]}""")]
    [InlineData("""{"id":{},"method":"tools/call"}""")]
    [InlineData("""["tools/call"]""")]
    [InlineData("""[[{"id":1,"method":"tools/call"}]]""")]
    [InlineData("""{"id":1,"method":"tools/call"} {"id":2}""")]
    public void Read_WhatCouldBeReadInTwoWays_IsNotUnderstood(string line)
    {
        var read = Read(line);
        Assert.NotNull(read.Problem);
        Assert.Empty(read.Calls);
    }

    [Fact]
    public void Read_BytesThatAreNotText_IsNotUnderstood() =>
        Assert.NotNull(HeldLine.Read(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' }).Problem);

    private static HeldLine Read(string line) => HeldLine.Read(Encoding.UTF8.GetBytes(line));
}
