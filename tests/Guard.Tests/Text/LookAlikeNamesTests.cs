using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Tests.Text;

public sealed class LookAlikeNamesTests
{
    [Theory]
    [InlineData("get_weather", "get_weathre")]
    [InlineData("get_weather", "get_wether")]
    [InlineData("get_weather", "get_waether")]
    [InlineData("get_weather", "get_weathir")]
    [InlineData("read_document", "read_documen")]
    [InlineData("createIssue", "createIssu")]
    public void Compare_TypingError_IsReported(string one, string other)
    {
        Assert.Equal("differs by one letter from", LookAlikeNames.Compare(one, other));
        Assert.Equal("differs by one letter from", LookAlikeNames.Compare(other, one));
    }

    [Theory]
    [InlineData("get_issue", "get_issues")]
    [InlineData("delete_branch", "delete_branched")]
    [InlineData("save", "saved")]
    [InlineData("archive_file", "archive_filed")]
    [InlineData("list_manage", "list_manager")]
    [InlineData("scroll_to", "scroll_top")]
    [InlineData("set_mode", "set_model")]
    [InlineData("point_x", "point_y")]
    [InlineData("file_read_1", "file_read_2")]
    [InlineData("get_user", "set_user")]
    public void Compare_AnotherWord_IsNotReported(string one, string other) => Assert.Null(LookAlikeNames.Compare(one, other));
}
