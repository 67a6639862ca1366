using System.Text;
using Kilometers.Contracts;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Tests.Policies;

public sealed class InterceptReaderTests
{
    [Fact]
    public void Read_Entry_IsUnderstood()
    {
        var grant = Assert.Single(
            Read(
                """{ "plugin": { "name": "guard", "from": "1.2.0" }, "methods": ["tools/call", "resources/*"], "tools": ["rm*"], "deadlineMilliseconds": 20, "whenUndecided": "open" }"""
            )
        );
        Assert.Equal("guard from 1.2.0: tools/call, resources/* (tools rm*), 20 ms, then open", grant.ToString());
        Assert.True(grant.Concerns("tools/call", "rmdir"));
        Assert.True(grant.Concerns("tools/call", null));
        Assert.False(grant.Concerns("tools/call", "add"));
        Assert.True(grant.Concerns("resources/read", "add"));
        Assert.False(grant.Concerns("tools/list", null));
    }

    [Fact]
    public void Read_Least_StopsWhatIsUndecidedAfterTheDefaultDeadline()
    {
        var grant = Assert.Single(Read("""{ "plugin": "guard", "methods": ["*"] }"""));
        Assert.Equal((true, InterceptGrant.DefaultDeadline), (grant.IsClosed, grant.Deadline));
    }

    [Theory]
    [InlineData("""{ "methods": ["*"] }""", "plugin is missing")]
    [InlineData("""{ "plugin": "guard" }""", "methods is missing or empty")]
    [InlineData("""{ "plugin": "guard", "methods": [] }""", "methods is missing or empty")]
    [InlineData("""{ "plugin": "guard", "methods": ["sampling/createMessage"] }""", "only requests of the client can be held")]
    [InlineData("""{ "plugin": "guard", "methods": ["notifications/*"] }""", "only requests of the client can be held")]
    [InlineData("""{ "plugin": "guard", "methods": ["*"], "deadlineMilliseconds": 0 }""", "from 1 to 10000")]
    [InlineData("""{ "plugin": "guard", "methods": ["*"], "whenUndecided": "ask" }""", "\"closed\" or \"open\"")]
    [InlineData("""{ "plugin": "guard", "methods": ["*"], "x": 1 }""", "'x' is unknown")]
    public void Read_WhatWouldHoldSomethingElse_IsAnError(string entry, string why) =>
        Assert.Contains(why, Assert.Throws<KmException>(() => Read(entry)).Error.Detail, StringComparison.Ordinal);

    [Fact]
    public void Read_UsersPolicy_CannotGrantIt() =>
        Assert.Contains(
            "only the administrator's policy",
            Assert.Throws<KmException>(() => Read("""{ "plugin": "guard", "methods": ["*"] }""", PolicyAuthor.User)).Error.Detail,
            StringComparison.Ordinal
        );

    private static IReadOnlyList<InterceptGrant> Read(string entry, PolicyAuthor author = PolicyAuthor.Administrator) =>
        PolicyReader.Read(Encoding.UTF8.GetBytes($$"""{ "version": 1, "intercept": [{{entry}}] }"""), author, "p").Intercepting!;
}
