using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Processes.Unix;

namespace Kilometers.PluginHost.Control;

/// <summary>
/// Sockets in a directory of the user alone, each called by its km's process and session. They stand below the directory of km and not in
/// XDG_RUNTIME_DIR, because MCP clients start km with a short environment: HOME is in it, the other mostly is not.
/// </summary>
internal sealed class UnixControlTransport : IControlTransport
{
    private const string Ending = ".sock";

    /// <summary>A socket that does not listen yet; who connected to it would take its km for dead.</summary>
    private const string NewEnding = ".new";

    /// <summary>Of a socket's path macOS takes 103 bytes, Linux 107.</summary>
    private const int MaxPath = 103;

    /// <summary>"/PID-SESSION.sock", with a process id of 7 digits.</summary>
    private const int MaxName = 1 + 7 + 1 + 32 + 5;

    private const int Backlog = 128;

    /// <param name="home">The user's directory of km.</param>
    public UnixControlTransport(string home) => Folder = Choose(Path.GetFullPath(home), PrivateFile.CurrentUser() ?? 0);

    /// <summary>Where the sockets are.</summary>
    public string Folder { get; }

    /// <summary>The directory for the sockets: <c>run</c> below the directory of km, or, where that path is too long, one that every km with that directory finds.</summary>
    internal static string Choose(string home, uint user)
    {
        var folder = Path.Combine(home, "run");
        if (Encoding.UTF8.GetByteCount(folder) + MaxName <= MaxPath)
            return folder;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home)))[..12];
        return string.Create(CultureInfo.InvariantCulture, $"/tmp/km-{user}-{hash}");
    }

    public IControlListener Listen(int pid, string session)
    {
        PrivateFile.CreateTrustedDirectory(Folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{pid}-{session}"));
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path + NewEnding));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path + NewEnding, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(Backlog);
            File.Move(path + NewEnding, path + Ending);
            return new UnixControlListener(socket, path + Ending, this);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public IReadOnlyList<ControlAddress> List()
    {
        if (!Directory.Exists(Folder))
            return [];
        PrivateFile.DemandTrusted(Folder);
        var found = new List<ControlAddress>();
        foreach (var path in Directory.EnumerateFileSystemEntries(Folder).Order(StringComparer.Ordinal))
        {
            if (Parse(path) is not { } address)
                continue;
            if (path.EndsWith(Ending, StringComparison.Ordinal))
                found.Add(address);
            else if (!IsAlive(address.Pid))
                Remove(path);
        }

        return found;
    }

    public bool IsStopped(ControlAddress address) => ProcessTable.Find(address.Pid) is { State: 'T' or 't' };

    public async Task<Stream?> ConnectAsync(ControlAddress address, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.Path), cancellationToken).ConfigureAwait(false);
            var peer = SocketPeer.Of(socket);
            if (peer.User is not { } user || (user != 0 && user != PrivateFile.CurrentUser() && PrivateFile.CurrentUser() != 0))
                throw new IOException("Another user listens there.");
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
            when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable || !File.Exists(address.Path))
        {
            // It listened before it had this name: refused, its km was killed. Where nothing is, the session has just ended.
            socket.Dispose();
            Remove(address.Path);
            return null;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(e.Message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public KmError? Refuse(ControlPeer peer)
    {
        try
        {
            return peer.Refuse(Sessions());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new KmError(ErrorCode.ControlForbidden, "It cannot be found out who asks", e.Message);
        }
    }

    /// <summary>The processes of all km that have an address here, where they still run this program.</summary>
    internal IReadOnlySet<int> Sessions()
    {
        var found = new HashSet<int> { Environment.ProcessId };
        if (!Directory.Exists(Folder))
            return found;
        foreach (var path in Directory.EnumerateFileSystemEntries(Folder))
        {
            if (Parse(path) is { } address && MonitorProcess.NameOf(address.Pid) is null or ['k', 'm', ..])
                found.Add(address.Pid);
        }

        return found;
    }

    /// <summary>Reads the name of a socket; null where it is none.</summary>
    internal static ControlAddress? Parse(string path)
    {
        if (Path.GetExtension(path) is not (Ending or NewEnding))
            return null;
        return
            Path.GetFileNameWithoutExtension(path).Split('-') is [var pid, { Length: 32 } session]
            && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && id > 0
            && session.All(char.IsAsciiHexDigitLower)
            ? new ControlAddress(id, session, path)
            : null;
    }

    private static bool IsAlive(int id) =>
        !OperatingSystem.IsLinux() || Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}"));

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next look finds it again.
        }
    }

    private sealed class UnixControlListener(Socket socket, string path, UnixControlTransport transport) : IControlListener
    {
        public string Path => path;

        public async Task<ControlConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            var peer = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
            var who = SocketPeer.Of(peer);
            return new ControlConnection(new NetworkStream(peer, ownsSocket: true), new ControlPeer(who.Pid, who.User));
        }

        public KmError? Refuse(ControlPeer peer) => transport.Refuse(peer);

        public void Dispose()
        {
            Remove(path);
            socket.Dispose();
        }
    }
}
