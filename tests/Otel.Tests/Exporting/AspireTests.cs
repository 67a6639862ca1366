using System.Diagnostics;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Plugins.Otel.Operations;

namespace Kilometers.Plugins.Otel.Tests.Exporting;

/// <summary>The real Aspire dashboard as the collector, over both forms of the protocol, read back through its own interface.</summary>
public sealed class AspireTests : IDisposable
{
    private const string Version = "13.6.5";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("otel-");

    private static string Program { get; } =
        Path.Combine(
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
            "aspire.dashboard.sdk.linux-x64",
            Version,
            "tools",
            "Aspire.Dashboard"
        );

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_dashboard_shows_a_session_with_its_calls()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Program), "the Aspire dashboard is not installed (eng/dashboard.proj)");
        var (pages, grpc, http) = (Free(), Free(), Free());
        using var dashboard = Process.Start(
            new ProcessStartInfo(Program)
            {
                WorkingDirectory = _folder.FullName,
                RedirectStandardOutput = true,
                Environment =
                {
                    // It keeps a database there, and is killed.
                    ["TMPDIR"] = _folder.FullName,
                    ["ASPNETCORE_URLS"] = pages,
                    ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = grpc,
                    ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = http,
                    ["ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"] = "true",
                },
            }
        )!;
        _ = dashboard.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(pages) };
            await ReadAsync(client, "resources", _ => true);
            foreach (var (address, isGrpc) in new[] { (grpc, true), (http, false) })
                await Telemetry.RunAsync(Telemetry.Settings(_folder, new Uri(address), isGrpc), report =>
                    report.Add(
                        Telemetry.Call(isGrpc ? "by-grpc" : "by-http", "1", 0),
                        new Outcome(Telemetry.Start.AddSeconds(1), isGrpc ? "" : "tool_error", null)
                    )
                );

            var spans = await ReadAsync(client, "spans", answer => answer.GetProperty("totalCount").GetInt32() >= 4);
            var named = spans
                .GetProperty("data")
                .GetProperty("resourceSpans")
                .EnumerateArray()
                .SelectMany(resource => resource.GetProperty("scopeSpans").EnumerateArray())
                .SelectMany(scope => scope.GetProperty("spans").EnumerateArray())
                .ToLookup(span => span.GetProperty("name").GetString()!);
            Assert.Equal(
                ["mcp.session", "mcp.session", "tools/call by-grpc", "tools/call by-http"],
                named.SelectMany(group => group.Select(_ => group.Key)).Order()
            );
            var call = Assert.Single(named["tools/call by-http"]);
            Assert.Equal(2, call.GetProperty("kind").GetInt32());
            Assert.Contains(named["mcp.session"], session =>
                session.GetProperty("spanId").GetString() == call.GetProperty("parentSpanId").GetString()
            );
            Assert.Contains(call.GetProperty("attributes").EnumerateArray(), one =>
                one.GetProperty("key").GetString() == "error.type"
                && one.GetProperty("value").GetProperty("stringValue").GetString() == "tool_error"
            );
            var resources = await ReadAsync(client, "resources", answer =>
                answer.GetArrayLength() > 0 && answer[0].GetProperty("hasMetrics").GetBoolean()
            );
            Assert.Equal("calc", resources[0].GetProperty("name").GetString());
        }
        finally
        {
            dashboard.Kill();
            await dashboard.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>Reads until it is there.</summary>
    private static async Task<JsonElement> ReadAsync(HttpClient client, string what, Func<JsonElement, bool> isThere)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var answer = JsonElement.Parse(
                    await client.GetStringAsync(new Uri($"api/telemetry/{what}", UriKind.Relative), TestContext.Current.CancellationToken)
                );
                if (isThere(answer))
                    return answer;
            }
            catch (HttpRequestException) when (attempt < 600)
            {
                // It does not listen yet.
            }

            Assert.True(attempt < 600, $"the dashboard does not show {what}");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static string Free() => $"http://127.0.0.1:{Ports.Free()}";
}
