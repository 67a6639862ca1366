using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Kilometers.PluginHost.Tests.Egress;

/// <summary>The Go lines of the page for plugin authors, compiled as they stand, as a plugin of km's proxy.</summary>
public sealed partial class GoDialerTests
{
    private const string Before = """
        package main

        import (
        	"bufio"
        	"context"
        	"fmt"
        	"io"
        	"net"
        	"net/http"
        	"os"
        	"strings"
        	"time"
        )

        var listener net.Listener

        """;

    private const string After = """

        func main() {
        	listener, _ = net.Listen("unix", os.Getenv("KM_EGRESS_SOCKET"))
        	client := http.Client{Transport: &http.Transport{DialContext: dialContext}}
        	for _, url := range os.Args[1:] {
        		answer, err := client.Get(url)
        		if err != nil {
        			fmt.Println(err)
        			continue
        		}
        		body, _ := io.ReadAll(answer.Body)
        		fmt.Println(answer.StatusCode, string(body))
        	}
        }
        """;

    [Fact]
    public async Task ThePagesLines_AGrantedHostAndAnother_ReachTheOneAndNotTheOther()
    {
        const string Go = "/usr/bin/go";
        Assert.SkipUnless(File.Exists(Go), "Go: /usr/bin/go is not installed");
        using var folder = new TemporaryFolder();
        var page = await File.ReadAllTextAsync(
            Path.Combine(Root(), "docs/plugin-authors/network.md"),
            TestContext.Current.CancellationToken
        );
        await File.WriteAllTextAsync(
            folder["main.go"],
            Before + GoBlock().Match(page).Groups[1].Value + After,
            TestContext.Current.CancellationToken
        );
        await RunAsync(
            Go,
            ["build", "-o", folder["plugin"], folder["main.go"]],
            ("GO111MODULE", "off"),
            ("GOCACHE", folder["cache"]),
            ("GOFLAGS", "-buildvcs=false")
        );

        await using var bench = new EgressBench(isListening: false);
        var plugin = RunAsync(folder["plugin"], [$"http://{bench.Target}/", "http://other.test/"], ("KM_EGRESS_SOCKET", bench.SocketPath));
        await using var host = new NetworkStream(
            await bench.Host.AcceptSocketAsync(TestContext.Current.CancellationToken),
            ownsSocket: true
        );
        await EgressBench.ReadHeadAsync(host);
        await EgressBench.SendAsync(host, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        var lines = (await plugin).Split('\n');
        Assert.Equal("200 hello", lines[0]);
        Assert.Contains("PLG_NET_001: other.test:80 is nowhere that this plugin may connect to", lines[1], StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        params (string Name, string Value)[] variables
    )
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Km.slnx is in no parent folder");
        return folder.FullName;
    }

    [GeneratedRegex("^```go\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex GoBlock();
}
