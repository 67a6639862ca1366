using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;
using Kilometers.Wire.V2;
using Direction = Kilometers.Monitoring.JsonRpc.Direction;

namespace Kilometers.PluginHost.Tests.Dispatch;

public sealed class InterestFilterTests
{
    [Fact]
    public void From_Nothing_WantsEverything()
    {
        var wanted = InterestFilter.From(new Interest());
        foreach (var kind in Enum.GetValues<JsonRpcKind>())
        {
            Assert.True(wanted.Wants(Items.Message(1, kind: kind)));
            Assert.True(wanted.Wants(Items.Message(1, direction: Direction.Outbound, kind: kind, method: null)));
        }
    }

    [Fact]
    public void From_Direction_WantsThatOne()
    {
        var wanted = InterestFilter.From(new Interest { Directions = { Wire.V2.Direction.Outbound } });
        Assert.False(wanted.Wants(Items.Message(1)));
        Assert.True(wanted.Wants(Items.Message(1, direction: Direction.Outbound)));
    }

    [Theory]
    [InlineData(JsonRpcKind.Request, true)]
    [InlineData(JsonRpcKind.ErrorResponse, true)]
    [InlineData(JsonRpcKind.Response, false)]
    [InlineData(JsonRpcKind.Notification, false)]
    [InlineData(JsonRpcKind.NotJsonRpc, false)]
    public void From_Kinds_WantsThose(JsonRpcKind kind, bool expected)
    {
        var wanted = InterestFilter.From(new Interest { Kinds = { Wire.V2.MessageKind.Request, Wire.V2.MessageKind.ErrorResponse } });
        Assert.Equal(expected, wanted.Wants(Items.Message(1, kind: kind)));
    }

    [Theory]
    [InlineData("tools/call", true)]
    [InlineData("tools/", true)]
    [InlineData("Tools/call", false)]
    [InlineData("ping", true)]
    [InlineData("pings", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void From_Globs_WantsWhatOneOfThemMatches(string? method, bool expected)
    {
        var wanted = InterestFilter.From(new Interest { Methods = { "tools/*", "ping" } });
        Assert.Equal(expected, wanted.Wants(Items.Message(1, method: method)));
        Assert.Equal(expected, wanted.Wants(Items.Message(1, kind: JsonRpcKind.Response, method: method)));
    }

    [Fact]
    public void From_AStar_WantsMessagesWithoutAMethodToo() =>
        Assert.True(
            InterestFilter.From(new Interest { Methods = { "*" } }).Wants(Items.Message(1, kind: JsonRpcKind.NotJsonRpc, method: null))
        );

    [Theory]
    [InlineData("a?c", "abc")]
    [InlineData(@"a\*", "a*")]
    [InlineData(@"a\b", "ab")]
    public void From_OtherSignsThanTheStar_StandForThemselves(string glob, string other)
    {
        var wanted = InterestFilter.From(new Interest { Methods = { glob } });
        Assert.True(wanted.Wants(Items.Message(1, method: glob)));
        Assert.False(wanted.Wants(Items.Message(1, method: other)));
    }

    [Fact]
    public void From_Narrow_WantsErrorsAndEventsAllTheSame()
    {
        var wanted = InterestFilter.From(
            new Interest
            {
                Directions = { Wire.V2.Direction.Inbound },
                Kinds = { Wire.V2.MessageKind.Request },
                Methods = { "x" },
            }
        );
        Assert.True(wanted.Wants(Items.Error(1)));
        Assert.True(wanted.Wants(Items.Event(2)));
    }

    [Theory]
    [InlineData(Direction.Inbound, JsonRpcKind.Request, "tools/call", false, true)]
    [InlineData(Direction.Outbound, JsonRpcKind.Request, "tools/call", false, false)]
    [InlineData(Direction.Inbound, JsonRpcKind.Notification, "tools/call", false, false)]
    [InlineData(Direction.Inbound, JsonRpcKind.Request, "ping", false, false)]
    [InlineData(Direction.Inbound, JsonRpcKind.Request, null, true, true)]
    public void Wants_MessageThatIsNotMadeYet_SaysTheSameAsOfTheMessage(
        Direction direction,
        JsonRpcKind kind,
        string? method,
        bool isAmbiguous,
        bool expected
    )
    {
        var filter = InterestFilter.From(
            new Interest
            {
                Directions = { Wire.V2.Direction.Inbound },
                Kinds = { Wire.V2.MessageKind.Request },
                Methods = { "tools/*" },
            }
        );
        Assert.Equal(expected, filter.Wants(new MessageTraits(direction, kind, method, isAmbiguous)));
    }
}
