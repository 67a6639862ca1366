using System.Net.Sockets;
using Kilometers.Contracts;
using Kilometers.PluginHost.Control;

namespace Kilometers.PluginHost.Tests.Control;

public sealed class ControlServerTests : IDisposable
{
    private const string Session = "0123456789abcdef0123456789abcdef";

    /// <summary>For a machine with far more to do than it can.</summary>
    private static readonly TimeSpan TestTimeout = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _home = new();
    private readonly UnixControlTransport _transport;

    public ControlServerTests() => _transport = new UnixControlTransport(_home.Path);

    private ControlClient Client => new(_transport, TimeProvider.System);

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task StatusAsync_FiftyAtOnce_AreAllAnswered()
    {
        await using var server = Start(new ScriptedSession());
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => Client.StatusAsync(TestTimeout, TestContext.Current.CancellationToken))
        );
        Assert.All(answers, answer => Assert.Equal("files", Assert.Single(answer).Report?.Server));
    }

    [Fact]
    public async Task StatusAsync_SilentPeersInFront_IsAnsweredAllTheSame()
    {
        await using var server = Start(new ScriptedSession());
        var silent = new List<Socket>();
        try
        {
            while (silent.Count < ControlServer.MaxPeers / 2)
                silent.Add(Connect());
            Assert.NotNull(Assert.Single(await Client.StatusAsync(TestTimeout, TestContext.Current.CancellationToken)).Report);

            // With every place taken it waits for the first that is given up.
            while (silent.Count < ControlServer.MaxPeers)
                silent.Add(Connect());
            var patient = new ControlClient(_transport, TimeProvider.System);
            var answer = await patient.ActAsync(
                Assert.Single(_transport.List()),
                ControlAction.Restart,
                "some",
                TestContext.Current.CancellationToken
            );
            Assert.Null(answer!.Error);
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task DisposeAsync_ActionUnderWay_EndsItAndTakesTheAddressAway()
    {
        var session = new ScriptedSession
        {
            Act = async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return null;
            },
        };
        Task<SessionAnswer?> asking;
        await using (Start(session))
        {
            asking = Client.ActAsync(
                Assert.Single(_transport.List()),
                ControlAction.Restart,
                "some",
                TestContext.Current.CancellationToken
            );
            while (session.Done.Count == 0)
                await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_transport.Folder));
        Assert.Null(await asking);
    }

    [Fact]
    public async Task StatusAsync_NobodyListensAnyMore_RemovesTheSocket()
    {
        await using var server = Start(new ScriptedSession());
        var dead = Path.Combine(_transport.Folder, $"{int.MaxValue}-{Session[..31]}0.sock");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(dead + "x"));
            File.Move(dead + "x", dead);
        }

        var half = Path.Combine(_transport.Folder, $"{int.MaxValue}-{Session}.new");
        await File.WriteAllTextAsync(half, "", TestContext.Current.CancellationToken);
        var strange = Path.Combine(_transport.Folder, "notes.txt");
        await File.WriteAllTextAsync(strange, "", TestContext.Current.CancellationToken);

        Assert.Single(await Client.StatusAsync(TestTimeout, TestContext.Current.CancellationToken));
        Assert.Equal((false, false, true), (File.Exists(dead), File.Exists(half), File.Exists(strange)));
    }

    [Fact]
    public async Task StatusAsync_SessionThatTakesNoConnection_DoesNotHoldUpTheOthers()
    {
        await using var server = Start(new ScriptedSession());
        using var frozen = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        frozen.Bind(new UnixDomainSocketEndPoint(Path.Combine(_transport.Folder, $"77-{Session[..31]}1.sock")));
        frozen.Listen(0);

        var answers = await Client.StatusAsync(ControlClient.PatientLimit, TestContext.Current.CancellationToken);
        Assert.Equal(2, answers.Count);
        var silent = Assert.Single(answers, answer => !answer.IsAnswering);
        Assert.Equal((77, ErrorCode.ControlNotAnswering), (silent.Address.Pid, silent.Error?.Code));
    }

    [Fact]
    public async Task StatusAsync_AnswerOfAnotherVersion_SaysSo()
    {
        _transport.Listen(1, Session).Dispose();
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(Path.Combine(_transport.Folder, $"77-{Session}.sock")));
        other.Listen(1);
        var asking = Client.StatusAsync(TestTimeout, TestContext.Current.CancellationToken);
        using (var peer = await other.AcceptAsync(TestContext.Current.CancellationToken))
            await peer.SendAsync(
                "{\"version\":9,\"error\":{\"code\":\"KM_CTL_002\",\"summary\":\"too old\"}}\n"u8.ToArray(),
                TestContext.Current.CancellationToken
            );
        Assert.Equal((ErrorCode.ControlVersion, "too old"), (Assert.Single(await asking).Error?.Code, (await asking)[0].Error?.Summary));
    }

    [Fact]
    public async Task StatusAsync_DirectoryThatOthersMayWriteTo_IsNotLookedInto()
    {
        await using var server = Start(new ScriptedSession());
        File.SetUnixFileMode(
            _transport.Folder,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite
        );
        var error = (
            await Assert.ThrowsAsync<KmException>(() => Client.StatusAsync(TestTimeout, TestContext.Current.CancellationToken))
        ).Error;
        Assert.Equal(ErrorCode.ControlUnavailable, error.Code);
    }

    [Fact]
    public void Listen_Directory_IsTheUsersAlone()
    {
        using var listener = _transport.Listen(Environment.ProcessId, Session);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_transport.Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(listener.Path));
    }

    [Fact]
    public void Choose_PathTooLongForASocket_IsAShortOneThatDependsOnTheHomeAlone()
    {
        Assert.Equal("/home/anna/.km/run", UnixControlTransport.Choose("/home/anna/.km", 1000));
        var home = "/" + new string('x', 90);
        var folder = UnixControlTransport.Choose(home, 1000);
        Assert.StartsWith("/tmp/km-1000-", folder, StringComparison.Ordinal);
        Assert.Equal(folder, UnixControlTransport.Choose(home, 1000));
        Assert.NotEqual(folder, UnixControlTransport.Choose(home + "y", 1000));
    }

    [Theory]
    [InlineData("123-0123456789abcdef0123456789abcdef.sock", true)]
    [InlineData("0-0123456789abcdef0123456789abcdef.sock", false)]
    [InlineData("-1-0123456789abcdef0123456789abcdef.sock", false)]
    [InlineData("123-0123456789ABCDEF0123456789abcdef.sock", false)]
    [InlineData("123-0123.sock", false)]
    [InlineData("123-0123456789abcdef0123456789abcdef.txt", false)]
    [InlineData("99999999999-0123456789abcdef0123456789abcdef.sock", false)]
    public void Parse_Name_IsStrict(string name, bool isOne) =>
        Assert.Equal(isOne, UnixControlTransport.Parse("/home/anna/.km/run/" + name) is { Pid: 123, Session: Session });

    private ControlServer Start(ScriptedSession session) =>
        new(_transport.Listen(Environment.ProcessId, Session), session, TimeProvider.System);

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Assert.Single(_transport.List()).Path));
        return socket;
    }
}
