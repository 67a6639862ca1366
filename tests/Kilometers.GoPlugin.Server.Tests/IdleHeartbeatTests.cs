using System.IO.Pipelines;
using Kilometers.GoPlugin.Server.Serving;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Xunit;

namespace Kilometers.GoPlugin.Server.Tests;

/// <summary>Kestrel's part is played here: it calls what a connection has registered, once in a round.</summary>
public sealed class IdleHeartbeatTests : IConnectionHeartbeatFeature
{
    private readonly TaskCompletionSource _served = new();
    private readonly Pipe _incoming = new();
    private Action? _round;
    private int _ticks;

    [Fact]
    public async Task Nothing_comes_so_a_round_lasts_until_something_does()
    {
        var connection = Serve(Timeout.InfiniteTimeSpan);
        for (var round = 0; round <= IdleHeartbeat.IdleRounds; round++)
            _round!();
        Assert.Equal(IdleHeartbeat.IdleRounds + 1, _ticks);
        var idle = await RestAsync();
        Assert.Equal(IdleHeartbeat.IdleRounds + 1, _ticks);

        var read = connection.Transport.Input.ReadAsync(TestContext.Current.CancellationToken);
        idle.Join();
        Assert.Equal(IdleHeartbeat.IdleRounds + 2, _ticks);
        await _incoming.Writer.WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
        Assert.Equal(1, (await read).Buffer.Length);
        _round!();
        Assert.Equal(IdleHeartbeat.IdleRounds + 3, _ticks);
    }

    [Fact]
    public async Task A_connection_that_is_to_end_ends_the_rest()
    {
        Serve(Timeout.InfiniteTimeSpan);
        for (var round = 0; round <= IdleHeartbeat.IdleRounds; round++)
            _round!();
        var idle = await RestAsync();
        _served.SetResult();
        idle.Join();
    }

    [Fact]
    public void A_rest_that_nothing_interrupts_ends_by_itself()
    {
        Serve(TimeSpan.FromMilliseconds(1));
        for (var round = 0; round <= IdleHeartbeat.IdleRounds + 1; round++)
            _round!();
        Assert.Equal(IdleHeartbeat.IdleRounds + 2, _ticks);
    }

    void IConnectionHeartbeatFeature.OnHeartbeat(Action<object> action, object state) => _round = () => action(state);

    private DefaultConnectionContext Serve(TimeSpan firstRest)
    {
        var connection = new DefaultConnectionContext("1") { Transport = new Duplex(_incoming.Reader, new Pipe().Writer) };
        connection.Features.Set<IConnectionHeartbeatFeature>(this);
        _ = new IdleHeartbeat(firstRest).ServeAsync(connection, served =>
        {
            served.Features.Get<IConnectionHeartbeatFeature>()!.OnHeartbeat(_ => _ticks++, this);
            return _served.Task;
        });
        return connection;
    }

    /// <summary>A round that does not end.</summary>
    private async Task<Thread> RestAsync()
    {
        var round = new Thread(() => _round!()) { IsBackground = true };
        round.Start();
        while ((round.ThreadState & ThreadState.WaitSleepJoin) == 0)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        return round;
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
