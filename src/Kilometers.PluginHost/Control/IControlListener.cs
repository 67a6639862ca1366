using Kilometers.Contracts;

namespace Kilometers.PluginHost.Control;

/// <summary>A peer that has connected.</summary>
/// <param name="Stream">What it says and hears.</param>
/// <param name="Peer">Who it is.</param>
internal sealed record ControlConnection(Stream Stream, ControlPeer Peer);

/// <summary>Where peers of one session come. Disposing it takes the address away.</summary>
internal interface IControlListener : IDisposable
{
    /// <summary>Where it is; a file where that is one.</summary>
    string Path { get; }

    /// <exception cref="System.Net.Sockets.SocketException">Not now.</exception>
    /// <exception cref="IOException">Not now.</exception>
    Task<ControlConnection> AcceptAsync(CancellationToken cancellationToken);

    /// <returns>Why a peer may not ask anything; null if it may.</returns>
    KmError? Refuse(ControlPeer peer);
}

/// <summary>The address of a session.</summary>
/// <param name="Pid">The process of its km.</param>
/// <param name="Session">The session's identifier.</param>
/// <param name="Path">A file, or the name of a pipe.</param>
internal sealed record ControlAddress(int Pid, string Session, string Path);

/// <summary>How the km of one user find each other on this system.</summary>
internal interface IControlTransport
{
    /// <summary>Takes the address of a session.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">It cannot be made.</exception>
    IControlListener Listen(int pid, string session);

    /// <summary>All addresses, those of sessions that are gone included.</summary>
    /// <exception cref="IOException">The place where they are is not safe.</exception>
    IReadOnlyList<ControlAddress> List();

    /// <summary>Whether the process of a session is stopped, by SIGSTOP or a debugger: it will not answer.</summary>
    bool IsStopped(ControlAddress address);

    /// <returns>Why a process may not control sessions; null if it may.</returns>
    KmError? Refuse(ControlPeer peer);

    /// <returns>Null if nobody is there any more: what was left of it is removed.</returns>
    /// <exception cref="IOException">Somebody else than the user is there, or it cannot be reached.</exception>
    Task<Stream?> ConnectAsync(ControlAddress address, CancellationToken cancellationToken);
}
