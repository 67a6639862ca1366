extern alias launcher;

using System.Diagnostics;
using System.Net.Sockets;
using Kilometers.EndToEnd.Tests.Running;
using launcher::Kilometers.Processes.Isolation;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>Which names the sockets of a confined process can get, tried by Python in place of a plugin.</summary>
public sealed class SocketNameTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    /// <summary>Defines <c>attempt(address, text)</c>; <c>folder</c> is the process's own.</summary>
    private const string Prelude = """
        import ctypes, errno, os, socket, sys, threading
        folder = sys.argv[1]
        def attempt(address, text):
            one = socket.socket(socket.AF_UNIX)
            try: one.bind(address); print(text, one.getsockname() == address, oct(os.stat(address).st_mode & 0o777), flush=True)
            except OSError as e: print(text, errno.errorcode[e.errno], flush=True)
        """;

    private readonly Workspace _workspace = new();
    private readonly string _folder;
    private readonly string _path;

    public SocketNameTests()
    {
        Assert.SkipUnless(File.Exists(Python), "Python is not installed");
        Assert.SkipUnless(
            SandboxSupport.Current.CanConfine && SandboxSupport.CanSupervise,
            "Landlock, seccomp and a view into children are needed"
        );
        _folder = Directory.CreateDirectory(_workspace.File("own")).FullName;
        _path = _workspace.File("bind");
    }

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Only_paths_in_its_own_folder_from_every_thread_and_child()
    {
        using var supervisor = BindSupervisor.Start(_path, _folder);
        using var process = Start(
            allowProcesses: true,
            """
            def all(who):
                attempt(folder + '/' + who, who)
                attempt('\0' + who, who)
                attempt('', who)
                attempt(folder + '/../' + who, who)
                attempt('relative', who)
            all('main')
            thread = threading.Thread(target=all, args=('thread',)); thread.start(); thread.join()
            child = os.fork()
            if child == 0: all('child'); os._exit(0)
            os.waitpid(child, 0)
            attempt(folder + '/main', 'again')
            """
        );
        string[] outcomes = ["True 0o600", "EPERM", "EPERM", "EACCES", "EACCES"];
        string[] expected =
        [
            .. ((string[])["main", "thread", "child"]).SelectMany(who => outcomes.Select(outcome => $"{who} {outcome}")),
            "again EADDRINUSE",
        ];
        Assert.Equal(expected, await LinesAsync(process));
    }

    [Fact]
    public async Task A_name_that_is_changed_while_it_is_looked_at_is_never_abstract()
    {
        using var supervisor = BindSupervisor.Start(_path, _folder);
        using var process = Start(
            allowProcesses: false,
            """
            libc = ctypes.CDLL(None, use_errno=True)
            path = folder.encode() + b'/x'
            address = ctypes.create_string_buffer(b'\x01\x00' + path)
            ends = False
            def flip():
                while not ends: address[2] = b'\0'; address[2] = b'/'
            thread = threading.Thread(target=flip); thread.start()
            bound = wrong = 0
            for _ in range(500):
                one = socket.socket(socket.AF_UNIX)
                if libc.bind(one.fileno(), address, 2 + len(path)) == 0:
                    bound += 1
                    wrong += one.getsockname() != path.decode()
                    os.unlink(path)
                one.close()
            ends = True; thread.join()
            print('some' if bound else 'none', wrong)
            """
        );
        Assert.Equal(["some 0"], await LinesAsync(process));
    }

    [Fact]
    public async Task Once_nobody_supervises_bind_fails_at_once()
    {
        using var host = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        host.Bind(new UnixDomainSocketEndPoint(_path));
        host.Listen();
        using var process = Start(allowProcesses: false, "input(); attempt(folder + '/x', 'alone')");
        using var link = await host.AcceptAsync(TestContext.Current.CancellationToken);
        var number = new byte[sizeof(int)];
        Assert.Equal(number.Length, await link.ReceiveAsync(number, TestContext.Current.CancellationToken));

        // The host took it, as far as the launcher knows, and was killed.
        await link.SendAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
        await process.StandardInput.WriteLineAsync();
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["alone ENOSYS"], await LinesAsync(process));
    }

    [Fact]
    public async Task Where_the_host_does_not_wait_nothing_is_started()
    {
        using var process = Start(allowProcesses: false, "print('started')");
        var (status, output, errors) = await EndAsync(process);
        Assert.Equal((SandboxCommand.NotIsolated, ""), (status, output));
        Assert.StartsWith(SandboxCommand.Prefix + "bind: ", errors, StringComparison.Ordinal);
    }

    private Process Start(bool allowProcesses, string script)
    {
        var file = _workspace.File("script.py");
        File.WriteAllText(file, Prelude + "\n" + script);
        var profile = new SandboxProfile
        {
            Executable = ["/lib", "/lib64", "/usr/lib", "/usr/bin", "/usr/local/lib", "/etc/ld.so.cache", file],
            Readable = ["/dev/null", "/dev/urandom"],
            SocketFolders = [_folder],
            BindSupervisor = _path,
            AllowProcesses = allowProcesses,
        };
        string[] arguments = [.. SandboxCommand.Before([SandboxCommand.Name], profile), Python, file, _folder];
        return Process.Start(
            new ProcessStartInfo(Programs.Km, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
    }

    private static async Task<string[]> LinesAsync(Process process)
    {
        var (status, output, errors) = await EndAsync(process);
        Assert.True(status == 0, errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<(int Status, string Output, string Errors)> EndAsync(Process process)
    {
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (process.ExitCode, output, await errors);
    }
}
