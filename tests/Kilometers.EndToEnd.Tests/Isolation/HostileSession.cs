using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>One session in which the hostile plugin has tried everything that leaves it running, and what came of each attempt.</summary>
public abstract class HostileSession(bool isOrdinary) : IAsyncLifetime
{
    private readonly List<(string Attempt, string On, string Outcome)> _outcomes = [];

    /// <summary>All attempts, in the order of the table.</summary>
    internal IReadOnlyList<(string Attempt, string On, string Outcome)> Outcomes => _outcomes;

    /// <summary>Whether messages passed unchanged afterwards, and km ended as the server did.</summary>
    internal bool WasUnharmed { get; private set; }

    /// <summary>What km said.</summary>
    internal string Errors { get; private set; } = "";

    internal string this[string attempt, string on] => _outcomes.Single(outcome => outcome.Attempt == attempt && outcome.On == on).Outcome;

    public async ValueTask InitializeAsync()
    {
        using var home = await HostileHome.CreateAsync(isOrdinary);
        using var tcp = new TcpListener(IPAddress.Loopback, 0);
        tcp.Start();
        using var udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var path = home.Named("docker.sock");
        using var docker = Listen(path);
        using var bus = Listen("\0dbus-" + Guid.NewGuid().ToString("N"));

        await using var km = await home.MonitorAsync();
        var host = km.Id.ToString(CultureInfo.InvariantCulture);
        var server = HostileHome.ProcessOf(km, "cat").ToString(CultureInfo.InvariantCulture);
        var bystander = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await Try("keep a file in its state directory", "its own", "");
        await Try("read a file", "the user's SSH key", home.SshKey);
        await Try("read a file", "another plugin's state", home.OtherState);
        await Try("read a file", "km's registry", Path.Combine(home.Path, "registry.json"));
        await Try("read a file", "the list of users", "/etc/passwd");
        await Try("read a file", "the machine's connections", "/proc/self/net/unix");
        await Try("read a file", "its own page table", "/proc/self/pagemap");
        await Try("list a folder", "the user's home", home.Named("user"));
        await Try("list a folder", "its own threads", "/proc/self/task");
        await Try("write a file", "the user's home", home.Named("user/.bashrc"));
        await Try("write a file", "the temporary folder", "/tmp/km-hostile-was-here");
        await Try("cut a file off", "the user's SSH key", home.SshKey);
        await Try("delete a file", "the user's SSH key", home.SshKey);
        await Try("change a file's mode", "the user's SSH key", home.SshKey);
        await Try("exchange a file of its own package", "", "");
        await Try("connect by TCP", "this machine", ((IPEndPoint)tcp.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        await Try("listen on TCP", "", "");
        await Try("send by UDP", "this machine", ((IPEndPoint)udp.Client.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture));
        await Try("connect to a Unix socket", "a stand-in for Docker's", path);
        await Try("connect to an abstract Unix socket", "a stand-in for D-Bus", bus.LocalEndPoint!.ToString()![1..]);
        await Try("listen under an abstract name", "", "km-hostile-" + host);
        await Try("listen under an abstract name that the kernel chooses", "", "");
        await Try("listen outside its folder", "the temporary folder", "/tmp/km-hostile-listens");
        await Try("make a Unix datagram socket", "", path);
        await Try("make a pair of datagram sockets", "", "");
        await Try("start a program", "", "");
        await Try("fork without end", "", "");
        await Try("trace a process", "km", host);
        await Try("trace a process", "the server", server);
        await Try("kill a process", "km", host);
        await Try("kill a process", "the server", server);
        await Try("kill a process", "a bystander", bystander);
        await Try("kill its process group's neighbours", "", "");
        await Try("read a process's memory", "km", $"/proc/{host}/mem");
        await Try("read a process's memory by a system call", "km", host);
        await Try("read a process's environment", "km", $"/proc/{host}/environ");
        await Try("read a process's command line", "the server", $"/proc/{server}/cmdline");
        await Try("lower a process's limits", "km", host);
        await Try("lower a process's priority", "the server", server);
        await Try("lower a process group's priority", "its own", "");
        await Try("lower the priority of everything the user runs", "", "");
        await Try("lower the disk priority of everything the user runs", "", "");
        await Try("leave its process group", "for the server's", server);
        await Try("survive its host", "", "");
        await Try("use io_uring", "", "");
        await Try("load a program into the kernel (bpf)", "", "");
        await Try("make namespaces", "", "");
        await Try("mount", "", "");
        await Try("use the kernel's keys", "", "");
        await Try("queue a signal", "km", host);
        await Try("use up the user's signal queue", "", "");
        await Try("hold a lease on a file", "the system's list of libraries", "/etc/ld.so.cache");
        await Try("enlarge a pipe", "", "");
        await Try("watch a folder", "", "");
        await Try("take the machine's asynchronous I/O", "", "");
        await Try("take the machine's huge pages", "", "");
        await Try("write all file systems to disk", "", "");
        await Try("take memory outside its own", "", "");
        await Try("hide from km's measurements", "", "");
        await Try("type into the terminal", "", "");
        await Try("attach a program to a socket", "", "");
        await Try("raise its own limits", "", "");
        await Try("open every descriptor", "", "");
        await Try("write a file without end", "its state directory", "");
        await Try("take memory without end", "", "");

        WasUnharmed = File.Exists(Path.Combine(home.State, "kept")) && File.ReadAllText(home.SshKey) == "secret";
        await HostileHome.WorksAsync(km);
        WasUnharmed &= await km.FinishAsync() == 0;
        Errors = km.Errors;

        async Task Try(string attempt, string on, string target) =>
            _outcomes.Add((attempt, on, await HostileHome.TryAsync(km, attempt, target)));
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        return socket;
    }
}

/// <summary>As the user who runs the tests: root, where they are run so.</summary>
public sealed class OwnHostileSession() : HostileSession(isOrdinary: false);

/// <summary>As a user without rights.</summary>
public sealed class OrdinaryHostileSession() : HostileSession(isOrdinary: true);
