using Kilometers.Plugins.Guard.Definitions;

namespace Kilometers.Plugins.Guard.Tests.Definitions;

public sealed class LiveServersTests
{
    private readonly LiveServers _live = new();

    [Fact]
    public void Enter_SameToolOfAnotherServer_IsReported()
    {
        Assert.Empty(_live.Enter("1", "key a", "a", ["read_file", "list"]));
        var finding = Assert.Single(_live.Enter("2", "key b", "b", ["read_file", "count_words"]));
        Assert.Equal(("GRD_NAM_001", "read_file"), (finding.Code, finding.Evidence));
        Assert.Contains("server 'a'", finding.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Enter_AnotherSessionOfTheSameServer_IsNot()
    {
        _live.Enter("1", "key a", "a", ["read_file"]);
        Assert.Empty(_live.Enter("2", "key a", "a", ["read_file"]));
    }

    [Fact]
    public void Enter_AfterTheOtherHasLeft_IsNot()
    {
        _live.Enter("1", "key a", "a", ["read_file"]);
        _live.Leave("1");
        Assert.Empty(_live.Enter("2", "key b", "b", ["read_file"]));
    }

    [Theory]
    [InlineData("send_email", "send_ernail")]
    [InlineData("read_file", "rеad_file")]
    [InlineData("read_file", "read-file")]
    [InlineData("create_issue", "create_isuse")]
    [InlineData("create_issue", "craete_issue")]
    public void Enter_LookAlike_IsReported(string one, string other)
    {
        _live.Enter("1", "key a", "a", [one]);
        Assert.Equal("GRD_NAM_002", Assert.Single(_live.Enter("2", "key b", "b", [other])).Code);
    }

    [Theory]
    [InlineData("get_issue", "get_issues")]
    [InlineData("query_v1", "query_v2")]
    [InlineData("add", "and")]
    [InlineData("list_users", "list_files")]
    [InlineData("file_read", "tile_read")]
    public void Enter_OtherWord_IsNot(string one, string other)
    {
        _live.Enter("1", "key a", "a", [one]);
        Assert.Empty(_live.Enter("2", "key b", "b", [other]));
    }
}
