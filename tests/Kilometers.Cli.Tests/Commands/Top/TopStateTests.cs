using Kilometers.Cli.Commands.Top;

namespace Kilometers.Cli.Tests.Commands.Top;

public sealed class TopStateTests
{
    private static readonly string[] Sessions = ["a", "b", "c"];
    private static readonly string[] Calls = ["30", "20", "10"];

    [Fact]
    public void Take_MovesAndEnter_LeadToACallAndBack()
    {
        var state = new TopState();
        Press(state, Sessions, 'j', 'j', 'k');
        Assert.Equal("a", state.Selected);
        Press(state, Sessions, 'j');
        Press(state, Sessions, ConsoleKey.Enter);
        Assert.Equal("b", state.Session);
        Press(state, Calls, 'j', 'j', 'j', 'j');
        Assert.Equal(10, state.SelectedCall);
        Press(state, Calls, ConsoleKey.Enter);
        Assert.Equal(10, state.Call);
        Press(state, Calls, 'j', 'j', 'k');
        Assert.Equal(1, state.Scrolled);
        Press(state, Calls, ConsoleKey.Escape);
        Assert.Equal((null, "b"), (state.Call, state.Session));
        Press(state, Calls, ConsoleKey.Escape);
        Assert.Equal((null, "b"), (state.Session, state.Selected));
    }

    [Fact]
    public void Take_NothingToMark_ChangesNothing()
    {
        var state = new TopState();
        Press(state, [], 'j', 'k');
        Press(state, [], ConsoleKey.Enter);
        Assert.Equal((null, null, null), (state.Selected, state.Session, state.Call));
    }

    [Fact]
    public void Take_SortHelpAndEnd_AreKept()
    {
        var state = new TopState();
        Press(state, Sessions, 's');
        Assert.Equal(TopOrder.Pending, state.Order);
        Press(state, Sessions, 'S', 'S');
        Assert.Equal(TopOrder.Name, state.Order);
        Press(state, Sessions, '?');
        Assert.True(state.HasHelp);
        Press(state, Sessions, ConsoleKey.Escape);
        Assert.False(state.HasHelp);
        Press(state, Sessions, 'q');
        Assert.True(state.IsEnded);
    }

    private static void Press(TopState state, IReadOnlyList<string> rows, params char[] keys)
    {
        foreach (var key in keys)
            state.Take(new ConsoleKeyInfo(key, default, false, false, false), rows, 10);
    }

    private static void Press(TopState state, IReadOnlyList<string> rows, ConsoleKey key) =>
        state.Take(new ConsoleKeyInfo('\0', key, false, false, false), rows, 10);
}
