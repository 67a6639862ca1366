using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Kilometers.Api.Keys;
using Kilometers.Files;

namespace Kilometers.Api.Tests.Running;

/// <summary>
/// The real km-api as a process, in a folder of its own. Keys take seconds to make: those that sign packages are shared by all tests, and a
/// new folder is a copy of one that <c>km-api keys init</c> has made once. <see cref="Hosting.FirstStartTests"/> and others start in empty ones.
/// </summary>
internal sealed partial class ApiProcess : IAsyncDisposable
{
    public const string PublicUrl = "https://api.test.example";
    private static readonly string[] Raw = ["KM_", "OTEL_", "HTTPS_PROXY", "HOME", "TMPDIR"];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly Lazy<string> SharedKeys = new(MakeKeys);
    private static readonly Lazy<Task<string>> SharedData = new(MakeDataAsync);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ApiProcess(Process process, string data)
    {
        _process = process;
        Data = data;
    }

    /// <summary>The published one where <c>test.sh</c> has published it, else that of the build.</summary>
    public static string Executable { get; } =
        Environment.GetEnvironmentVariable("KM_TEST_PUBLISH_DIR") is { Length: > 0 } published
            ? Path.Combine(published, "km-api")
            : Launcher;

    /// <summary>A small executable of this system.</summary>
    public static string Launcher => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "km-api.exe" : "km-api");

    /// <summary>A folder as <c>kmpkg keys init</c> makes it.</summary>
    public static string SigningKeys => SharedKeys.Value;

    public string Data { get; }

    public Uri Address { get; private set; } = null!;

    public int Id => _process.Id;

    /// <summary>What it has printed until now.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    public string OperatorKey => File.ReadAllText(Path.Combine(Data, "operator.key")).Trim();

    /// <summary>Starts a server on a free port, and waits until it listens.</summary>
    /// <param name="data">Its folder; null: a new one, with the secrets and the database that a first start makes in it.</param>
    /// <param name="settings">Names as in docs/api.md; those that begin like one of <see cref="Raw"/> are of the environment (null: not set).</param>
    /// <param name="more">More arguments.</param>
    public static async Task<ApiProcess> StartAsync(
        string? data = null,
        IReadOnlyDictionary<string, string>? settings = null,
        params string[] more
    )
    {
        settings ??= new Dictionary<string, string>();
        var folder = data ?? Directory.CreateTempSubdirectory("km-api-test-").FullName;
        if (data is null && !settings.ContainsKey("Database:Provider") && !more.Contains("--dev"))
            Copy(await SharedData.Value, folder);
        var api = new ApiProcess(
            Begin(folder, settings, ["serve", .. more.Contains("--urls") ? [] : (string[])["--urls", "http://127.0.0.1:0"], .. more]),
            folder
        );
        api._process.OutputDataReceived += (_, e) => api.Take(e.Data);
        api._process.ErrorDataReceived += (_, e) => api.Take(e.Data);
        api._process.EnableRaisingEvents = true;
        api._process.Exited += (_, _) =>
            api._listening.TrySetException(new InvalidOperationException($"km-api ended: {string.Join('\n', api._lines)}"));
        api._process.BeginOutputReadLine();
        api._process.BeginErrorReadLine();
        api.Address = await api._listening.Task.WaitAsync(Limit);
        return api;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Status, string Output, string Errors)> RunAsync(
        string data,
        IReadOnlyDictionary<string, string> settings,
        params string[] arguments
    )
    {
        using var process = Begin(data, settings, arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Limit);
        return (process.ExitCode, await output, await errors);
    }

    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = Limit };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    public Operator Operator() => new(Client(OperatorKey));

    /// <summary>Tells it to stop (SIGTERM).</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <returns>Its status.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    /// <summary>Ends it without a word.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Copies a folder that no server uses.</summary>
    public static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            PrivateFile.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static Process Begin(string data, IReadOnlyDictionary<string, string> settings, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Executable, [.. arguments, "--data", data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = data,
        };
        start.Environment["KM_API__SigningKeyFolder"] = SigningKeys;
        start.Environment["KM_API__PublicUrl"] = PublicUrl;
        foreach (var (name, value) in settings)
            start.Environment[
                Raw.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
                    ? name
                    : "KM_API__" + name.Replace(":", "__", StringComparison.Ordinal)
            ] = value;
        return Process.Start(start)!;
    }

    private static string MakeKeys()
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-keys-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        DevelopmentKeys.Ensure(folder, TimeProvider.System);
        return folder;
    }

    private static async Task<string> MakeDataAsync()
    {
        var folder = Directory.CreateTempSubdirectory("km-api-test-data-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var (status, output, errors) = await RunAsync(folder, new Dictionary<string, string>(), "keys", "init");
        Assert.True(status == 0, output + errors);
        return folder;
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        _lines.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
            _listening.TrySetResult(new Uri(match.Groups[1].Value));
    }

    /// <summary>In text or in JSON.</summary>
    [GeneratedRegex("""Listening on (http[^"\s]+)""")]
    private static partial Regex Listening();
}
