using Kilometers.Cli.Commands.Recordings;
using Kilometers.Contracts;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Tests.Commands;

public sealed class FilterTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Read_EveryFilter_IsTaken()
    {
        var filter = Read(
            "tool:search",
            "method:tools/*",
            "status:error",
            "slower:200ms",
            "faster:1.5s",
            "dir:out",
            "id:7",
            "since:1h",
            "until:2026-11-30",
            "text:\"permission denied\"",
            "text:http://x",
            "server:files",
            "client:claude-ai",
            "session:last",
            "call:#123"
        );
        Assert.Equal(
            new CallFilter
            {
                Name = "search",
                Method = "tools/*",
                Outcome = CallOutcome.Error,
                Slower = TimeSpan.FromMilliseconds(200),
                Faster = TimeSpan.FromMilliseconds(1500),
                Direction = RecordedDirection.Out,
                RequestId = "7",
                Since = Now.AddHours(-1),
                Until = new DateTimeOffset(2026, 11, 30, 0, 0, 0, TimeSpan.Zero),
                Texts = filter.Texts,
                Server = "files",
                Client = "claude-ai",
                Session = 5,
                Call = 123,
            },
            filter
        );
        Assert.Equal(["permission denied", "http://x"], filter.Texts);
    }

    [Theory]
    [InlineData("status:ok", CallOutcome.Ok, null)]
    [InlineData("status:pending", CallOutcome.Pending, null)]
    [InlineData("status:-32602", null, "-32602")]
    [InlineData("status:tool_error", null, "tool_error")]
    public void Read_Status_IsAnOutcomeOrACode(string word, CallOutcome? outcome, string? code)
    {
        var filter = Read(word);
        Assert.Equal((outcome, code), (filter.Outcome, filter.ErrorCode));
    }

    [Theory]
    [InlineData("toll:x", "Unknown filter 'toll:'", "Did you mean: tool:")]
    [InlineData("colour:red", "Unknown filter 'colour:'", "See: km logs --help")]
    [InlineData("slower:200", "'200' is not a duration: write it like 200ms, 1.5s or 2m", "Example: slower:200ms")]
    [InlineData("slower:-1s", "'-1s' is not a duration: write it like 200ms, 1.5s or 2m", "Example: slower:200ms")]
    [InlineData(
        "status:bad",
        "'bad' is not a status: use ok, error, pending, tool_error, task_failed, task_cancelled, or an error's code such as -32602",
        "Example: status:error"
    )]
    [InlineData("dir:up", "'up' is not a direction: use in (client to server) or out (server to client)", "Example: dir:out")]
    [InlineData("since:soon", "'soon' is not a time: write it like 30m, 2h, 7d, 2026-11-01 or 2026-11-01T08:30:00Z", "Example: since:1h")]
    [InlineData("text:?!", "'?!' has no word of two letters or more to search for", "Example: text:\"permission denied\"")]
    [InlineData("call:x", "'x' is not the number of a call, as `km logs` and `km stats` show it", "Example: call:123")]
    [InlineData("tool:", "'tool:' has no value", "Example: tool:search")]
    public void Read_WrongFilter_SaysWhatIsRight(string word, string summary, string hint)
    {
        var error = Assert.Throws<KmException>(() => Read(word)).Error;
        Assert.Equal((ErrorCode.InvalidArguments, summary, hint), (error.Code, error.Summary, error.Hint));
    }

    [Fact]
    public void Read_FilterGivenTwice_IsRefused() =>
        Assert.Equal("'tool:' is given twice", Assert.Throws<KmException>(() => Read("tool:a", "tool:b")).Error.Summary);

    private static CallFilter Read(params string[] words) => FilterText.Read(words, Now, _ => new RecordedSession
        {
            Row = 5,
            Key = "k",
            Started = Now,
            LastSeen = Now,
        });
}
