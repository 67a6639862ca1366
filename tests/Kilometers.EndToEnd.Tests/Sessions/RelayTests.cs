using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>The session behaves exactly as without km.</summary>
public sealed class RelayTests
{
    public static TheoryData<string> Bytes =>
        new(
            "crlf: a\r\nb\r\n",
            "blank lines: \n\n\r\n\n",
            "not json at all\n",
            "no final newline: {\"id\":1}",
            "\n",
            "[{\"id\":1,\"method\":\"a\"},{\"method\":\"b\"}]\n",
            "nul \0 and bell \a\n"
        );

    [Theory]
    [MemberData(nameof(Bytes))]
    public Task Every_byte_passes_unchanged(string text) => PassesAsync(Encoding.UTF8.GetBytes(text));

    [Fact]
    public Task Invalid_UTF8_passes_unchanged() => PassesAsync([.. Enumerable.Range(0, 256).Select(i => (byte)i), 0xc3, 0x28, 0xff, 0xfe]);

    [Fact]
    public Task Random_bytes_pass_unchanged() => PassesAsync(RandomNumberGenerator.GetBytes(3_000_000));

    [Fact]
    public async Task A_message_of_100_MB_passes_both_ways_and_what_of_it_was_not_observed_is_told()
    {
        await using var km = KmProcess.Monitor([], ["cat"]);
        await PassAsync(km, Message(100_000_000));
        Assert.Equal(0, await km.FinishAsync());

        // Twice 100 MB are more than km keeps waiting: how much of it is observed depends on how busy the machine is.
        Assert.Matches("2 messages \\(1 in, 1 out\\).* 2 above --buffer-size|not observed", km.Errors);
    }

    [Fact]
    public async Task A_message_above_the_buffer_size_is_observed_as_truncated()
    {
        await using var km = KmProcess.Monitor(Conversation.Plugins(Programs.ConsoleLogger), ["cat"]);
        await PassAsync(km, Message(40_000_000));
        await km.SaysAsync("← big");
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains("2 messages (1 in, 1 out)", km.Errors, StringComparison.Ordinal);
        Assert.Contains("2 above --buffer-size", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_burst_of_100_messages_of_1_MB_is_observed_whole_and_leaves_no_memory_behind()
    {
        await using var km = KmProcess.Monitor(["--no-plugins"], ["cat"]);

        byte[] burst = [.. Enumerable.Range(0, 100).SelectMany(_ => Message(1_000_000))];
        await PassAsync(km, burst);
        await Wait.ForAsync(() => SharedMemoryOf(km.Id) < burst.Length / 20, "the memory of the burst is given back");
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains("200 messages (100 in, 100 out)", km.Errors, StringComparison.Ordinal);
        Assert.Contains("nothing dropped", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_one_at_a_time_pass_at_once()
    {
        await using var km = KmProcess.Monitor([], ["cat"]);
        var buffer = new byte[1];
        foreach (var value in "{\"id\":1}\n"u8.ToArray())
        {
            await km.Input.WriteAsync(new[] { value }, TestContext.Current.CancellationToken);
            await km.Input.FlushAsync(TestContext.Current.CancellationToken);

            // The next byte is only sent when this one has come back: one that waits for a newline would never come.
            await km
                .Output.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken)
                .AsTask()
                .WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
            Assert.Equal(value, buffer[0]);
        }

        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task Standard_error_of_the_server_passes_and_stdout_carries_nothing_of_km()
    {
        string[] server = [Programs.TestMcpServer, "last-words", "100000", "3"];
        await using var direct = KmProcess.Start(server[0], server[1..]);
        await using var km = KmProcess.Monitor([], server);
        var expected = new MemoryStream();
        var output = new MemoryStream();
        await direct.Output.CopyToAsync(expected, TestContext.Current.CancellationToken);
        await km.Output.CopyToAsync(output, TestContext.Current.CancellationToken);
        Assert.Equal(3, await km.ExitAsync());
        Assert.Equal(100_000, expected.Length);
        Assert.Equal(expected.ToArray(), output.ToArray());
        Assert.Contains("last words", km.Errors, StringComparison.Ordinal);
        Assert.Contains("[km] TestMcpServer: ", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_that_are_no_UTF8_reach_the_server_as_they_are()
    {
        using var workspace = new Workspace();
        var script = workspace.Script("run", $"exec '{Programs.Km}' monitor --quiet -- printf '%s' \"$(printf 'a\\377b\\303')\"");
        await using var km = KmProcess.Start(script, []);
        var output = new MemoryStream();
        await km.Output.CopyToAsync(output, TestContext.Current.CancellationToken);
        Assert.Equal([(byte)'a', 0xff, (byte)'b', 0xc3], output.ToArray());
    }

    [Fact]
    public async Task The_server_gets_kms_environment_and_folder_and_nothing_more()
    {
        await using var direct = KmProcess.Start(
            "/bin/sh",
            ["-c", "env | grep -v '^_=' | sort; pwd; ulimit -a"],
            new Dictionary<string, string> { ["MARK"] = "ü 1" }
        );
        await using var km = KmProcess.Monitor(
            [],
            ["/bin/sh", "-c", "env | grep -v '^_=' | sort; pwd; ulimit -a"],
            new Dictionary<string, string> { ["MARK"] = "ü 1" }
        );
        Assert.Equal(
            await new StreamReader(direct.Output).ReadToEndAsync(TestContext.Current.CancellationToken),
            await new StreamReader(km.Output).ReadToEndAsync(TestContext.Current.CancellationToken)
        );
    }

    private static async Task PassesAsync(byte[] bytes)
    {
        await using var km = KmProcess.Monitor([], ["cat"]);
        var sending = Task.Run(
            async () =>
            {
                await km.Input.WriteAsync(bytes, TestContext.Current.CancellationToken);
                km.CloseInput();
            },
            TestContext.Current.CancellationToken
        );
        var received = new MemoryStream();
        await km
            .Output.CopyToAsync(received, TestContext.Current.CancellationToken)
            .WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        await sending;
        Assert.Equal(0, await km.ExitAsync());
        Assert.Equal(bytes, received.ToArray());
    }

    /// <summary>Bytes of shared memory that a process has in use.</summary>
    private static long SharedMemoryOf(int process) =>
        File.ReadLines($"/proc/{process}/status")
            .Where(line => line.StartsWith("RssShmem:", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
            .First();

    private static byte[] Message(int size)
    {
        var message = new byte[size];
        Array.Fill(message, (byte)'x');
        Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"big","params":{"data":" """).CopyTo(message, 0);
        Encoding.UTF8.GetBytes("\"}}\n").CopyTo(message, message.Length - 4);
        return message;
    }

    /// <summary>Sends a message to a server that returns it; the input stays open.</summary>
    private static async Task PassAsync(KmProcess km, byte[] message)
    {
        var sending = Task.Run(
            async () =>
            {
                await km.Input.WriteAsync(message, TestContext.Current.CancellationToken);
                await km.Input.FlushAsync(TestContext.Current.CancellationToken);
            },
            TestContext.Current.CancellationToken
        );
        var received = new byte[message.Length];
        await km.Output.ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await sending;
        Assert.True(message.AsSpan().SequenceEqual(received));
    }
}
