extern alias launcher;

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Kilometers.EndToEnd.Tests.Running;
using launcher::Kilometers.Processes.Isolation;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>The list of allowed system calls against the kernel: real programs find on it what they need, and nothing else works.</summary>
public sealed class SystemCallTests : IDisposable
{
    private const string Strace = "/usr/bin/strace";
    private const string Python = "/usr/bin/python3";

    /// <summary>What runtimes try, do not get, and do without.</summary>
    private static readonly string[] Dispensable =
    [
        "clone3", // the C library goes back to clone
        "connect", // Python's and glibc's look for a name service cache
        "fchown", // SQLite as root, for an owner that its files have already
        "memfd_create", // .NET's compiler maps its code once instead of twice
        "sched_setscheduler", // .NET gives threads the priority that they have
    ];

    /// <summary>The kernel answers these before any filter: they are the return from an administrator's probe, and end a process that makes them up.</summary>
    private static readonly int[] Probes = [335, 336];

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("console-logger")]
    [InlineData("api-logger")]
    [InlineData("v1plugin")]
    [InlineData("hello-go")]
    public async Task Everything_that_a_real_plugin_calls_is_on_the_list(string plugin)
    {
        var program = plugin switch
        {
            "console-logger" => Programs.ConsoleLogger,
            "api-logger" => Programs.ApiLogger,
            _ => Programs.Go(plugin),
        };
        var trace = await TraceAsync("monitor", "--dev-plugin", program, "--", "cat");
        Assert.Contains("accept4", trace.Names); // km spoke with it
        Assert.Empty(NotListed(trace));
        Assert.Empty(trace.Unreadable);
    }

    [Fact]
    public async Task Everything_that_Python_calls_is_on_the_list()
    {
        Assert.SkipUnless(File.Exists(Python), "Python is not installed");
        var trace = await TraceAsync([
            .. Confined(
                Python,
                """
                import asyncio, concurrent.futures, hashlib, json, os, socket, sqlite3, ssl, subprocess, sys, tempfile, threading, time, urllib.request, uuid
                folder = sys.argv[1]
                threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(5)]
                [t.start() for t in threads]; [t.join() for t in threads]
                with concurrent.futures.ThreadPoolExecutor(4) as pool: list(pool.map(hash, range(100)))
                with tempfile.NamedTemporaryFile(dir=folder) as f: f.write(b'x' * 10000); f.flush(); os.fsync(f.fileno()); f.truncate(10)
                os.mkdir(folder + '/d'); os.rename(folder + '/d', folder + '/e'); os.rmdir(folder + '/e'); os.listdir(folder)
                database = sqlite3.connect(folder + '/db'); database.execute('pragma journal_mode=wal'); database.execute('create table t(a)'); database.commit(); database.close()
                one, other = socket.socketpair(socket.AF_UNIX); one.sendall(b'x'); other.recv(1); one.setblocking(False)
                listener = socket.socket(socket.AF_UNIX); listener.bind(folder + '/socket'); listener.listen(); listener.settimeout(0.01)
                try: listener.accept()
                except TimeoutError: pass
                asyncio.run(asyncio.sleep(0.01))
                uuid.uuid4(); hashlib.sha256(os.urandom(9)); os.sched_getaffinity(0); os.getpriority(os.PRIO_PROCESS, 0)
                print(open('/proc/self/status').readline(), len(os.listdir('/proc/self/fd')))
                """
            ),
        ]);
        Assert.Contains("listen", trace.Names);
        Assert.Empty(NotListed(trace));
        Assert.Empty(trace.Unreadable);
    }

    [Fact]
    public async Task Every_other_system_call_is_refused_and_ends_nothing()
    {
        Assert.SkipUnless(File.Exists(Python), "Python is not installed");
        Assert.SkipUnless(SystemCalls.Current is not null && SandboxSupport.Current.CanConfine, "seccomp and Landlock are needed");
        var listed = AllowedCalls
            .All.Select(SystemCalls.Current.NumberOf)
            .Concat(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? Probes : []);
        int[] others = [.. Enumerable.Range(0, 601).Except(listed)];

        // A call that the filter refuses does nothing, so one process can try all of them. One that got through would show: by its result, or
        // because the process is gone.
        var output = await RunAsync(
            Programs.Km,
            [
                .. Confined(
                    Python,
                    """
                    import ctypes, sys
                    libc = ctypes.CDLL(None, use_errno=True)
                    libc.syscall.restype = ctypes.c_long
                    for number in map(int, sys.argv[2:]):
                        result = libc.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0, 0)
                        print(number, result, ctypes.get_errno(), flush=True)
                    """
                ),
                .. others.Select(number => number.ToString(CultureInfo.InvariantCulture)),
            ]
        );
        const int NotPermitted = 1;
        const int NoSuchCall = 38;
        Assert.Equal(others.Select(number => $"{number} -1 {(number < SystemCalls.FirstShared ? NotPermitted : NoSuchCall)}"), output);
    }

    private static IEnumerable<string> NotListed(CallTrace trace) =>
        trace.Names.Except(AllowedCalls.All.Select(call => call.Name)).Except(Dispensable);

    /// <summary>Arguments of km that make it become a program, confined like a plugin.</summary>
    private IReadOnlyList<string> Confined(string program, string script)
    {
        var file = _workspace.File("script.py");
        File.WriteAllText(file, script);
        var folder = Directory.CreateDirectory(_workspace.File("writable")).FullName;
        var profile = new SandboxProfile
        {
            Executable = ["/lib", "/lib64", "/usr/lib", "/usr/bin", "/usr/local/lib", "/etc/ld.so.cache", file],
            Readable = ["/dev/null", "/dev/urandom", "/proc/self/status", "/proc/self/fd"],
            SocketFolders = [folder],
        };
        return [.. SandboxCommand.Before([SandboxCommand.Name], profile), program, file, folder];
    }

    /// <summary>Runs km, and lets what it starts end by itself.</summary>
    private async Task<CallTrace> TraceAsync(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Strace), "strace is not installed");
        var file = _workspace.File("trace");
        await using var km = KmProcess.Start(
            Strace,
            [.. CallTrace.Options(file), Programs.Km, .. arguments],
            new Dictionary<string, string> { ["KM_HOME"] = _workspace.File("home") }
        );
        if (arguments[0] == "monitor")
        {
            const string Line = """{"jsonrpc":"2.0","method":"notifications/hello"}""";
            await km.SendAsync(Line);
            Assert.Equal(Line, await km.ReadLineAsync());
            await Wait.ForAsync(
                () => km.Errors.Contains("✓ ", StringComparison.Ordinal) || km.Errors.Contains("PLG_TIER_001", StringComparison.Ordinal),
                () => km.Errors
            );
        }

        Assert.Equal(0, await km.FinishAsync());
        return CallTrace.Read(file);
    }

    private static async Task<IReadOnlyList<string>> RunAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        Assert.True(process.ExitCode == 0, await errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
