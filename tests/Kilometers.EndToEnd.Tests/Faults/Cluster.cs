using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>Two nodes of the real km-api on one PostgreSQL of their own, behind a relay, with the real api-logger published.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const string Programs15 = "/usr/lib/postgresql/15/bin";
    private readonly Workspace _workspace = new();

    // Short and open to all users: the path of a Unix socket has at most 107 bytes, and the server is another user's where the tests are root's.
    private readonly string _postgresFolder = $"/tmp/km-pg-{Guid.NewGuid():N}"[..20];
    private readonly KmProcess?[] _nodes = new KmProcess?[2];
    private readonly int[] _ports = [Ports.Free(), Ports.Free()];
    private Process? _postgres;

    private Cluster() => Relay = new Relay(_ports);

    public Relay Relay { get; }

    public string Root => Path.Combine(Keys, "root", "cert.pem");

    private string Keys => _workspace.File("keys");

    private static string[] AsServerUser =>
        Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    public static async Task<Cluster> StartAsync()
    {
        Assert.SkipWhen(
            !Directory.Exists(Programs15),
            "PostgreSQL 15 is not installed (Debian: postgresql-15; ./test.sh installs it where it can)"
        );
        var cluster = new Cluster();
        try
        {
            await cluster.StartPostgresAsync();
            await ReadyMade.KeysAsync(cluster.Keys);
            await cluster.RunAsync(Programs.KmApi, "migrate", "--data", cluster.Data(0));
            for (var node = 0; node < 2; node++)
                await cluster.StartNodeAsync(node);
            await ApiServer.PublishApiLoggerAsync(cluster._workspace, cluster.Variables(0));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task StartNodeAsync(int node)
    {
        var started = KmProcess.Start(
            Programs.KmApi,
            ["serve", "--data", Data(node), "--urls", $"http://127.0.0.1:{_ports[node]}"],
            Variables(node),
            _workspace.Folder
        );
        _nodes[node] = started;
        while (await started.ReadLineAsync() is { } line)
            if (line.StartsWith("Listening", StringComparison.Ordinal))
                return;
        throw new InvalidOperationException(started.Errors);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillNodeAsync(int node)
    {
        if (_nodes[node] is { } running)
            await running.DisposeAsync();
        _nodes[node] = null;
    }

    /// <returns>A Pro customer's key.</returns>
    public async Task<string> CreateKeyAsync()
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            (await File.ReadAllTextAsync(Path.Combine(Data(0), "operator.key"))).Trim()
        );
        var customer = await PostAsync(http, "customers", new { name = "Test", tier = "Pro" });
        return (await PostAsync(http, $"customers/{customer.GetProperty("id")}/keys", new { name = "test" }))
            .GetProperty("key")
            .GetString()!;
    }

    /// <summary>Asks the database itself.</summary>
    public async Task<string> AskAsync(string sql) =>
        (await RunAsync(Path.Combine(Programs15, "psql"), "-h", _postgresFolder, "-U", "postgres", "-At", "-c", sql)).Trim();

    public async ValueTask DisposeAsync()
    {
        Relay.Dispose();
        for (var node = 0; node < 2; node++)
            await KillNodeAsync(node);
        if (_postgres is not null)
        {
            _postgres.StandardInput.Close();
            await _postgres.WaitForExitAsync();
            _postgres.Dispose();
        }

        if (Directory.Exists(_postgresFolder))
            Directory.Delete(_postgresFolder, recursive: true);
        _workspace.Dispose();
    }

    private string Data(int node) => _workspace.File($"node{node}");

    private Dictionary<string, string> Variables(int node)
    {
        var variables = new Dictionary<string, string>
        {
            ["KM_KEYS"] = Keys,
            ["KM_API__SigningKeyFolder"] = Keys,
            ["KM_API__PublicUrl"] = Relay.Endpoint,
            ["KM_API__Database__Provider"] = "postgresql",
            ["KM_API__Database__ConnectionString"] = $"Host={_postgresFolder};Username=postgres;Database=postgres",
            ["KM_API_ENDPOINT"] = $"http://127.0.0.1:{_ports[node]}",
            ["KM_API_OPERATOR_KEY_FILE"] = Path.Combine(Data(0), "operator.key"),
        };

        // The first node makes its secrets; the second one gets them.
        if (node == 0)
            return variables;
        variables["KM_API__KeyHashFile"] = Path.Combine(Data(0), "key-hash.secret");
        variables["KM_API__OperatorKeyFile"] = Path.Combine(Data(0), "operator.key");
        variables["KM_API__IssuerKeyFolder"] = Path.Combine(Data(0), "issuer-keys");
        return variables;
    }

    private async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(
            $"http://127.0.0.1:{_ports[0]}/api/admin/{path}",
            body,
            TestContext.Current.CancellationToken
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    private async Task StartPostgresAsync()
    {
        var data = Path.Combine(_postgresFolder, "data");
        string[] initialize =
        [
            .. AsServerUser,
            Path.Combine(Programs15, "initdb"),
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ];
        await RunAsync(initialize[0], initialize[1..]);

        // The shell ends the server when this process, which holds its standard input, is gone, however that ends.
        string[] server =
        [
            .. AsServerUser,
            "sh",
            "-c",
            "exec 3<&0; \"$@\" <&- >/dev/null 2>\"$0\" & cat <&3 >/dev/null; kill -QUIT $!; wait",
            Path.Combine(_postgresFolder, "log"),
            Path.Combine(Programs15, "postgres"),
            "-D",
            data,
            "-k",
            _postgresFolder,
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
        ];
        _postgres = Process.Start(new ProcessStartInfo(server[0], server[1..]) { RedirectStandardInput = true, WorkingDirectory = "/" })!;
        var watch = Stopwatch.StartNew();
        while (await Commands.RunAsync(Path.Combine(Programs15, "pg_isready"), "-q", "-h", _postgresFolder) != 0)
        {
            Assert.True(watch.Elapsed < Wait.Limit, "PostgreSQL does not start");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        await using var process = KmProcess.Start(program, arguments, Variables(0), "/");
        process.CloseInput();
        var output = await new StreamReader(process.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        Assert.True(await process.ExitAsync() == 0, $"{program}: {output}{process.Errors}");
        return output;
    }
}
