using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Kilometers.Http.Tests.Running;

/// <summary>The real <c>km-http</c>: the published one where <c>test.sh</c> has published it, else that of the build. No host observes it.</summary>
internal sealed class HttpProgram : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;
    private readonly string _home = Directory.CreateTempSubdirectory("km-http-").FullName;

    private HttpProgram(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KM_HOME"] = _home;
        start.Environment["KM_END_WAIT"] = "60";
        start.Environment["KM_HOST"] = "";
        start.Environment["KM_HOST_LINGER"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _reading = ReadErrorsAsync();
    }

    private static string Path =>
        Environment.GetEnvironmentVariable("KM_TEST_PUBLISH_DIR") is { Length: > 0 } folder
            ? Directory.GetFiles(folder, "km-http-*").Single()
            : System.IO.Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "km-http.exe" : "km-http");

    /// <summary>Where a proxy listens.</summary>
    public Uri Address { get; private set; } = new("http://unknown");

    public int Id => _process.Id;

    /// <summary>Standard error until now.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    public static async Task<HttpProgram> ProxyAsync(Uri server, params string[] options)
    {
        var program = new HttpProgram(["proxy", server.AbsoluteUri, "--json", .. options, "--"], new Dictionary<string, string>());
        await program.FindAddressAsync();
        return program;
    }

    /// <summary>A proxy to a server over TLS.</summary>
    /// <param name="server">The server.</param>
    /// <param name="authority">The file of the certificate that it trusts.</param>
    public static async Task<HttpProgram> TrustingProxyAsync(Uri server, string authority)
    {
        var program = new HttpProgram(
            ["proxy", server.AbsoluteUri, "--json", "--"],
            new Dictionary<string, string> { ["SSL_CERT_FILE"] = authority }
        );
        await program.FindAddressAsync();
        return program;
    }

    /// <summary>A proxy whose sessions a host observes, which is only so where both are published.</summary>
    public static async Task<HttpProgram> ObservedProxyAsync(Uri server, string name, params string[] options)
    {
        var program = new HttpProgram(
            ["proxy", server.AbsoluteUri, "--json", .. options, "--", "--name", name, "--no-plugins"],
            new Dictionary<string, string>()
        );
        await program.FindAddressAsync();
        return program;
    }

    /// <summary>Whether the program is the published one.</summary>
    public static bool IsPublished => Environment.GetEnvironmentVariable("KM_TEST_PUBLISH_DIR") is { Length: > 0 };

    /// <summary>Waits for a line of standard error.</summary>
    /// <param name="start">How it starts.</param>
    public async Task<string> WaitForErrorAsync(string start)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            if (Errors.Split('\n').FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) is { } line)
                return line;
            await Task.Delay(20, limit.Token);
        }
    }

    public static HttpProgram Start(params string[] arguments) => new(arguments, new Dictionary<string, string>());

    public static HttpProgram Bridge(Uri server, params string[] options) =>
        new(["bridge", server.AbsoluteUri, .. options, "--"], new Dictionary<string, string> { ["BRIDGE_TEST_TOKEN"] = "t0ken" });

    /// <summary>A bridge that can sign in: its browser is the test's, and it shares its sign-ins with others of the folder.</summary>
    public static HttpProgram SigningIn(Uri server, TestBrowser browser, params string[] options) =>
        new(
            ["bridge", server.AbsoluteUri, .. browser.Options, "--sign-in-wait", "600", .. options, "--"],
            new Dictionary<string, string> { ["BROWSER"] = browser.Program, ["CLIENT_SECRET"] = "client-s3cret" }
        );

    /// <summary>Signs in ahead of a bridge.</summary>
    public static HttpProgram SigningInAhead(Uri server, TestBrowser browser) =>
        new(
            ["sign-in", server.AbsoluteUri, "--json", .. browser.Options, "--"],
            new Dictionary<string, string> { ["BROWSER"] = browser.Program }
        );

    public async Task SendAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), TestContext.Current.CancellationToken);
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
    }

    public async Task<string?> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit);

    public async Task<JsonElement> ReadMessageAsync() =>
        JsonElement.Parse(await ReadLineAsync() ?? throw new InvalidOperationException($"km-http ended: {Errors}"));

    public void CloseInput() => _process.StandardInput.Close();

    public void Terminate() =>
        Process.Start("kill", ["-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await ExitAsync();
        _process.Dispose();

        // Its host still writes its last records.
        for (var watch = Stopwatch.StartNew(); HasHost() && watch.Elapsed < Limit; )
            await Task.Delay(20);
        Directory.Delete(_home, recursive: true);
    }

    /// <summary>Whether a process has this program's directory of km.</summary>
    private bool HasHost() =>
        OperatingSystem.IsLinux()
        && Directory
            .EnumerateDirectories("/proc")
            .Any(folder =>
            {
                try
                {
                    return char.IsAsciiDigit(System.IO.Path.GetFileName(folder)[0])
                        && File.ReadAllText(folder + "/environ").Contains($"KM_HOME={_home}\0", StringComparison.Ordinal);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return false; // It ended just now, or is another user's.
                }
            });

    private async Task FindAddressAsync() => Address = new Uri((await ReadMessageAsync()).GetProperty("url").GetString()!);

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errors)
                _errors.AppendLine(line);
        }
    }
}
