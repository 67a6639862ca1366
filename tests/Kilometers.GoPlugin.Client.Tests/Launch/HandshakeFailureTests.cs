using System.Net.Sockets;

namespace Kilometers.GoPlugin.Client.Tests.Launch;

/// <summary>Every way in which a start can fail, with real processes: the kind, the words, and nothing left behind.</summary>
public sealed class HandshakeFailureTests : IDisposable
{
    /// <summary>For what never comes. What comes, a shell's first line, must come before, also on a busy machine.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    private readonly PluginBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("echo hello; sleep 60", GoPluginFailure.InvalidHandshake, "is not a go-plugin handshake", "\"hello\"")]
    [InlineData(
        "echo; echo '1|1|unix|/x|grpc|'; sleep 60",
        GoPluginFailure.InvalidHandshake,
        "is not a go-plugin handshake",
        "print nothing before"
    )]
    [InlineData(
        "printf '\\357\\273\\2771|1|unix|/x|grpc|\\n'; sleep 60",
        GoPluginFailure.InvalidHandshake,
        "byte order mark",
        "\\ufeff1|1|unix|/x|grpc|"
    )]
    [InlineData("printf 'a\\033[31mb\\n'; sleep 60", GoPluginFailure.InvalidHandshake, "\"a\\u001b[31mb\"", "")]
    [InlineData("head -c 70000 /dev/zero; sleep 60", GoPluginFailure.InvalidHandshake, "no end within 65536 bytes", "…\"")]
    [InlineData("echo '2|1|unix|/x|grpc|'; sleep 60", GoPluginFailure.UnsupportedCoreProtocol, "core protocol 2; this host speaks 1", "")]
    [InlineData("echo '1|9|unix|/x|grpc|'; sleep 60", GoPluginFailure.UnsupportedProtocolVersion, "version 9; this host speaks 1, 2", "")]
    [InlineData("echo '1|x|unix|/x|grpc|'; sleep 60", GoPluginFailure.InvalidHandshake, "no number for its protocol version", "")]
    [InlineData("echo '1|1|unix|/x'; sleep 60", GoPluginFailure.UnsupportedTransport, "'netrpc'; this host speaks grpc only", "")]
    [InlineData(
        "echo '1|1|unix|/x|netrpc|'; sleep 60",
        GoPluginFailure.UnsupportedTransport,
        "'netrpc'; this host speaks grpc only",
        "GRPCServer"
    )]
    [InlineData("echo '1|1|pipe|/x|grpc|'; sleep 60", GoPluginFailure.InvalidHandshake, "neither unix nor tcp", "")]
    [InlineData("echo '1|1|unix|x|grpc|'; sleep 60", GoPluginFailure.InvalidHandshake, "not an absolute path", "")]
    [InlineData("echo '1|1|tcp|10.0.0.1:80|grpc|'; sleep 60", GoPluginFailure.InvalidHandshake, "not on this machine", "")]
    [InlineData("echo '1|1|tcp|localhost:80|grpc|'; sleep 60", GoPluginFailure.InvalidHandshake, "not IP:PORT", "")]
    [InlineData("echo '1|1|unix|/x|grpc|'; sleep 60", GoPluginFailure.MissingCertificate, "has no certificate", "AutoMTLS")]
    [InlineData("echo '1|1|unix|/x|grpc|!!'; sleep 60", GoPluginFailure.InvalidCertificate, "is not a certificate", "")]
    [InlineData("echo '1|1|unix|/x|grpc|AAAA'; sleep 60", GoPluginFailure.InvalidCertificate, "is not a certificate", "")]
    public async Task An_unacceptable_first_line_is_refused_and_quoted(string script, GoPluginFailure failure, string why, string also)
    {
        var error = await FailAsync(_bench.Script(script));
        Assert.Equal(failure, error.Failure);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains(also, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.FirstLine);
        Assert.True(error.FirstLine.Length <= 201);
        Assert.Null(error.Exit);
    }

    [Fact]
    public async Task A_socket_path_that_is_too_long_is_refused()
    {
        var error = await FailAsync(_bench.Script($"echo '1|1|unix|/{new string('x', 120)}|grpc|'; sleep 60") with { AutoMtls = false });
        Assert.Equal(GoPluginFailure.InvalidHandshake, error.Failure);
        Assert.Contains("socket path of 121 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_does_not_exist_is_NotFound()
    {
        var error = await Assert.ThrowsAsync<GoPluginException>(() =>
            GoPluginClient.StartAsync(_bench.Options("/nowhere/plugin"), Cancellation)
        );
        Assert.Equal(GoPluginFailure.NotFound, error.Failure);
        Assert.Contains("/nowhere/plugin does not exist", error.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Started);
    }

    [Fact]
    public async Task A_file_that_is_not_executable_is_NotExecutable()
    {
        var file = Path.Combine(_bench.RunDirectory, "data");
        await File.WriteAllTextAsync(file, "no program", Cancellation);
        var error = await Assert.ThrowsAsync<GoPluginException>(() => GoPluginClient.StartAsync(_bench.Options(file), Cancellation));
        Assert.Equal(GoPluginFailure.NotExecutable, error.Failure);
        Assert.Contains("chmod +x", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_ends_without_a_word_on_stdout_is_reported_with_its_last_words()
    {
        var error = await FailAsync(_bench.Script("echo first >&2; printf 'the \\033reason' >&2; exit 7"));
        Assert.Equal(GoPluginFailure.ExitedBeforeHandshake, error.Failure);
        Assert.Equal(7, error.Exit?.Code);
        Assert.Equal(["first", "the \\u001breason"], error.LastErrorLines);
        Assert.Contains(
            "ended with exit code 7 before its handshake. Its last words: \"the \\u001breason\".",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_plugin_that_closes_its_stdout_is_killed()
    {
        var error = await FailAsync(_bench.Script("exec >&-; sleep 60"));
        Assert.Equal(GoPluginFailure.ExitedBeforeHandshake, error.Failure);
        Assert.Null(error.Exit);
        Assert.Contains("closed its standard output", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_says_nothing_times_out_and_its_children_are_killed()
    {
        var error = await FailAsync(_bench.Script("sleep 60 & echo $! >&2; wait") with { StartTimeout = Soon });
        Assert.Equal(GoPluginFailure.HandshakeTimeout, error.Failure);
        Assert.Contains("within 3 s", error.Message, StringComparison.Ordinal);
        Assert.False(
            await PluginBench.StillRunsAsync(int.Parse(error.LastErrorLines.Single(), System.Globalization.CultureInfo.InvariantCulture))
        );
    }

    [Fact]
    public async Task A_plugin_that_does_not_listen_where_it_says_is_ConnectionFailed()
    {
        var error = await FailAsync(
            _bench.Script("echo '1|1|unix|/nowhere/socket|grpc|'; sleep 60") with
            {
                AutoMtls = false,
                StartTimeout = Soon,
            }
        );
        Assert.Equal(GoPluginFailure.ConnectionFailed, error.Failure);
        Assert.Contains("did not answer at /nowhere/socket (", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_ends_after_its_handshake_is_ConnectionFailed()
    {
        var error = await FailAsync(_bench.Script("echo '1|1|unix|/nowhere/socket|grpc|'; exit 4") with { AutoMtls = false });
        Assert.Equal(GoPluginFailure.ConnectionFailed, error.Failure);
        Assert.Equal(4, error.Exit?.Code);
        Assert.Contains("ended with exit code 4 before it answered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_never_answers_is_ConnectionFailed_in_time()
    {
        var path = Path.Combine(_bench.RunDirectory, "s");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var error = await FailAsync(
            _bench.Script($"echo '1|1|unix|{path}|grpc|'; sleep 60") with
            {
                AutoMtls = false,
                StartTimeout = Soon,
            }
        );
        Assert.Equal(GoPluginFailure.ConnectionFailed, error.Failure);
        Assert.Contains("did not answer", error.Message, StringComparison.Ordinal);
        Assert.Contains("in time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_on_a_loopback_port_is_connected_to()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var start = FailAsync(
            _bench.Script($"echo '1|1|tcp|{listener.LocalEndpoint}|grpc|'; sleep 60") with
            {
                AutoMtls = false,
                StartTimeout = Soon,
            }
        );
        using (var connection = await listener.AcceptTcpClientAsync(Cancellation))
        {
            var preface = new byte[14];
            await connection.GetStream().ReadExactlyAsync(preface, Cancellation);
            Assert.Equal("PRI * HTTP/2.0"u8.ToArray(), preface);
        }

        Assert.Equal(GoPluginFailure.ConnectionFailed, (await start).Failure);
    }

    [Fact]
    public async Task A_process_that_could_not_be_noted_is_killed()
    {
        var options = _bench.Script("sleep 60") with
        {
            ProcessStarted = id =>
            {
                _bench.Started.Enqueue(id);
                throw new InvalidOperationException("no room");
            },
        };
        await Assert.ThrowsAsync<InvalidOperationException>(() => GoPluginClient.StartAsync(options, Cancellation));
        Assert.False(await PluginBench.StillRunsAsync(Assert.Single(_bench.Started)));
    }

    [Fact]
    public async Task A_cancelled_start_leaves_nothing_running()
    {
        using var cancellation = new CancellationTokenSource();
        var options = _bench.Script("sleep 60") with
        {
            ProcessStarted = id =>
            {
                _bench.Started.Enqueue(id);
                cancellation.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => GoPluginClient.StartAsync(options, cancellation.Token));
        Assert.Equal(_bench.Started, _bench.Ended);
        Assert.False(await PluginBench.StillRunsAsync(Assert.Single(_bench.Started)));
    }

    [Fact]
    public async Task A_run_directory_that_is_too_long_or_missing_is_an_argument_error()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_bench.RunDirectory, new string('d', 90))).FullName;
        var error = await Assert.ThrowsAsync<ArgumentException>(() =>
            GoPluginClient.StartAsync(_bench.Script("") with { RunDirectory = folder }, Cancellation)
        );
        Assert.Contains("bytes of a Unix socket path", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() =>
            GoPluginClient.StartAsync(_bench.Script("") with { RunDirectory = "/nowhere" }, Cancellation)
        );
    }

    private async Task<GoPluginException> FailAsync(GoPluginClientOptions options)
    {
        var error = await Assert.ThrowsAsync<GoPluginException>(() => GoPluginClient.StartAsync(options, Cancellation));
        Assert.Equal(_bench.Started, _bench.Ended);
        Assert.False(await PluginBench.StillRunsAsync(Assert.Single(_bench.Started)));
        return error;
    }
}
