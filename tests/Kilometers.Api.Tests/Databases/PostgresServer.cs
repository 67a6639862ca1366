using System.Diagnostics;
using System.Globalization;
using Npgsql;

[assembly: Xunit.AssemblyFixture(typeof(Kilometers.Api.Tests.Databases.PostgresServer))]

namespace Kilometers.Api.Tests.Databases;

/// <summary>
/// A PostgreSQL of these tests alone, in a folder of its own, reached by a Unix socket there. It starts when the first database is asked for.
/// The one that xunit passes to constructors is shared by all tests; a test that kills its server makes its own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Missing =
        "PostgreSQL 15: /usr/lib/postgresql/15/bin is not there (Debian: postgresql-15; ./test.sh installs it where it can)";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5); // nothing waits that long but on a machine that is very busy

    // Short and open to all users: the path of a Unix socket has at most 107 bytes, and the server is another user's where the tests are root's.
    private readonly string _folder = $"/tmp/km-postgres-{Guid.NewGuid():N}"[..26];
    private readonly SemaphoreSlim _starting = new(1);
    private Process? _process;
    private int _databases;

    /// <summary>Where <c>psql</c> and the others are.</summary>
    public static string Programs => "/usr/lib/postgresql/15/bin";

    /// <summary>The folder of its socket: what <c>psql -h</c> takes.</summary>
    public string SocketFolder => _folder;

    /// <summary>Settings of the server as in <c>postgresql.conf</c>, before it starts. These tests crash processes, never the machine.</summary>
    public IReadOnlyList<string> Settings { get; init; } = ["fsync=off", "max_connections=400"];

    private string Data => Path.Combine(_folder, "data");

    private string Initialized => Path.Combine(_folder, "initialized");

    private static string[] AsServerUser =>
        Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    /// <summary>A new, empty database; skips the test by name where PostgreSQL is not installed.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        Assert.SkipUnless(Directory.Exists(Programs), Missing);
        await StartAsync();
        var name = "test" + Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture);
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>Starts it, also again after <see cref="CrashAsync"/>; returns when it accepts connections.</summary>
    public async Task StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_process is not null)
                return;
            if (!File.Exists(Initialized))
            {
                if (Directory.Exists(Data))
                    Directory.Delete(Data, recursive: true);
                await RunAsync([
                    .. AsServerUser,
                    Path.Combine(Programs, "initdb"),
                    "-D",
                    Data,
                    "-U",
                    "postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                ]);
                await File.WriteAllTextAsync(Initialized, "");
            }

            // The shell ends the server when this process, which holds its standard input, is gone, however that ends.
            string[] server =
            [
                Path.Combine(Programs, "postgres"),
                "-D",
                Data,
                "-k",
                _folder,
                "-c",
                "listen_addresses=",
                .. Settings.SelectMany(setting => new[] { "-c", setting }),
            ];
            _process = Begin([
                .. AsServerUser,
                "sh",
                "-c",
                "exec 3<&0; \"$@\" <&- >/dev/null 2>\"$0\" & cat <&3 >/dev/null; kill -QUIT $!; wait",
                Path.Combine(_folder, "log"),
                .. server,
            ]);
            await WaitUntilReadyAsync();
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Ends it at once (<c>pg_ctl stop -m immediate</c>), as its own crash would: what was committed is recovered at the next start.</summary>
    public async Task CrashAsync()
    {
        if (_process is null)
            return;
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Limit);
        _process.Dispose();
        _process = null;
        NpgsqlConnection.ClearAllPools();
    }

    public async ValueTask DisposeAsync()
    {
        await CrashAsync();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        _starting.Dispose();
    }

    private string ConnectionString(string database) =>
        // Each database has a pool of its own, which would keep the connections of tests that have ended, for five minutes.
        $"Host={_folder};Username=postgres;Database={database};Timeout=300;Command Timeout=300;Connection Idle Lifetime=5;Connection Pruning Interval=1";

    private async Task WaitUntilReadyAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException e) when (watch.Elapsed < Limit)
            {
                if (_process!.HasExited)
                    throw new InvalidOperationException(await File.ReadAllTextAsync(Path.Combine(_folder, "log")), e);
                await Task.Delay(20);
            }
        }
    }

    private static Process Begin(string[] command) =>
        Process.Start(
            new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/",
            }
        )!;

    private static async Task RunAsync(string[] command)
    {
        using var process = Begin(command);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Limit);
        Assert.True(process.ExitCode == 0, $"{command[0]}: {await output}{await errors}");
    }
}
