using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>
/// A real km-api on SQLite that has the real api-logger, for the tests of one class; each test makes a customer of its own. What its first
/// start makes, and the published api-logger, are a copy of what the first server of the run has made.
/// </summary>
public sealed class ApiServer : IAsyncLifetime
{
    private static readonly Lazy<Task<string>> ReadyData = new(MakeDataAsync);
    private readonly Workspace _workspace = new();
    private readonly HttpClient _operator = new();
    private KmProcess? _process;
    private Task? _otel;
    private Task? _analytics;
    private Task? _guard;

    internal string Endpoint { get; private set; } = "";

    internal string Root => Path.Combine(Data, "development-keys", "root", "cert.pem");

    /// <summary>Where its customers upgrade.</summary>
    internal const string UpgradeUrl = "https://km.example.com/upgrade";

    /// <summary>For <c>km-api admin</c>.</summary>
    internal IReadOnlyDictionary<string, string> OperatorEnvironment =>
        new Dictionary<string, string>
        {
            ["KM_API_ENDPOINT"] = Endpoint,
            ["KM_API_OPERATOR_KEY_FILE"] = Path.Combine(Data, "operator.key"),
        };

    private string Data => _workspace.File("api");

    public async ValueTask InitializeAsync()
    {
        Endpoint = FreeEndpoint();
        ReadyMade.Copy(await ReadyData.Value, Data);
        await StartAsync();
        _operator.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            (await File.ReadAllTextAsync(Path.Combine(Data, "operator.key"))).Trim()
        );
    }

    private static async Task<string> MakeDataAsync()
    {
        var folder = ReadyMade.In("api");
        await using var first = new ApiServer { Endpoint = FreeEndpoint() };
        await first.StartAsync();
        await PublishApiLoggerAsync(first._workspace, first.OperatorEnvironment);
        first._process!.Signal(PosixSignalNumber.Terminate);
        if (await first._process.FinishAsync() != 0)
            throw new InvalidOperationException(first._process.Errors);
        ReadyMade.Copy(first.Data, folder);
        return folder;
    }

    /// <summary>An address where nobody listens.</summary>
    internal static string FreeEndpoint() => $"http://127.0.0.1:{Ports.Free()}";

    /// <summary>Publishes the real otel, too; once.</summary>
    internal Task PublishOtelAsync() => _otel ??= PublishAsync(_workspace, OperatorEnvironment, Programs.Otel, "Otel");

    /// <summary>Publishes the real analytics, too; once.</summary>
    internal Task PublishAnalyticsAsync() => _analytics ??= PublishAsync(_workspace, OperatorEnvironment, Programs.Analytics, "Analytics");

    /// <summary>Publishes the real guard, too, which is Free and does more for a subscriber; once.</summary>
    internal Task PublishGuardAsync() => _guard ??= PublishAsync(_workspace, OperatorEnvironment, Programs.Guard, "Guard");

    /// <summary>Publishes the real api-logger, as an operator does.</summary>
    internal static Task PublishApiLoggerAsync(Workspace workspace, IReadOnlyDictionary<string, string> operatorEnvironment) =>
        PublishAsync(workspace, operatorEnvironment, Programs.ApiLogger, "ApiLogger");

    private static async Task PublishAsync(
        Workspace workspace,
        IReadOnlyDictionary<string, string> operatorEnvironment,
        string program,
        string project
    )
    {
        var payload = Payload(workspace, program, project);
        await using var admin = KmProcess.Start(
            Programs.KmApi,
            [
                "admin",
                "releases",
                "publish",
                "--manifest",
                Manifest(project),
                "--payload",
                payload,
                "--platform",
                Platform,
                "--source",
                "tests",
            ],
            operatorEnvironment,
            workspace.Folder
        );
        if (await admin.FinishAsync() != 0)
            throw new InvalidOperationException(admin.Errors);
    }

    internal static string Manifest(string project) => Path.Combine(Programs.Root, "src/plugins", project, "manifest.json");

    /// <summary>A folder with what a plugin's package contains.</summary>
    internal static string Payload(Workspace workspace, string program, string project)
    {
        var payload = Modes.Folder(workspace.File("payload-" + project));
        var folder = Path.GetDirectoryName(program)!;
        foreach (
            var file in Directory
                .EnumerateFiles(folder)
                .Where(file => Programs.ArePublished ? file == program : !file.EndsWith(".pdb", StringComparison.Ordinal))
        )
            File.Copy(file, Path.Combine(payload, Path.GetFileName(file)));

        // The built program has SQLite's library in a folder that its list of dependencies names.
        var native = Path.Combine("runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        if (!Programs.ArePublished && Directory.Exists(Path.Combine(folder, native)))
        {
            Modes.Folder(Path.Combine(payload, native));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, native), "*.so"))
                File.Copy(file, Path.Combine(payload, native, Path.GetFileName(file)));
        }

        return payload;
    }

    internal static string Platform => $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>Starts it on its address, with what it had.</summary>
    internal async Task StartAsync()
    {
        _process = KmProcess.Start(
            Programs.KmApi,
            ["serve", "--dev", "--data", Data, "--urls", Endpoint],
            new Dictionary<string, string> { ["KM_API__UpgradeUrl"] = UpgradeUrl },
            _workspace.Folder
        );
        while (await _process.ReadLineAsync() is { } line)
            if (line.StartsWith("Listening", StringComparison.Ordinal))
                return;
        throw new InvalidOperationException(_process.Errors);
    }

    internal async Task KillAsync() => await _process!.DisposeAsync();

    /// <returns>The customer, and a key of theirs.</returns>
    internal async Task<(string Id, string Key)> CreateCustomerAsync(string tier)
    {
        var customer = (await PostAsync("api/admin/customers", new { name = "Test", tier })).GetProperty("id").GetString()!;
        var key = await PostAsync($"api/admin/customers/{customer}/keys", new { name = "test" });
        return (customer, key.GetProperty("key").GetString()!);
    }

    internal Task SubscribeAsync(string customer, string tier) => PostAsync($"api/admin/customers/{customer}/subscription", new { tier });

    internal async Task<JsonElement> PostAsync(string path, object? body = null)
    {
        using var answer = await _operator.PostAsJsonAsync($"{Endpoint}/{path}", body ?? new { }, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return answer.StatusCode == HttpStatusCode.NoContent
            ? default
            : await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    /// <summary>A customer's own requests.</summary>
    internal async Task<JsonElement> AsCustomerAsync(string key, string path, object? body = null)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = body is null
            ? await http.GetAsync($"{Endpoint}/{path}", TestContext.Current.CancellationToken)
            : await http.PostAsJsonAsync($"{Endpoint}/{path}", body, TestContext.Current.CancellationToken);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    /// <summary>A customer's api-logger package, as the API gives it.</summary>
    internal async Task<(string Build, byte[] Package)> PackageAsync(string key)
    {
        var packages = (
            await AsCustomerAsync(key, "api/plugins/provision", new { platform = Platform, plugins = new[] { "api-logger" } })
        ).GetProperty("packages");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var package = packages[0];
        return (
            package.GetProperty("id").GetString()!,
            await http.GetByteArrayAsync(
                new Uri(new Uri(Endpoint), package.GetProperty("downloadUrl").GetString()),
                TestContext.Current.CancellationToken
            )
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _operator.Dispose();
        _workspace.Dispose();
    }
}
