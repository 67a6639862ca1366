using Kilometers.Processes.Guarding;

namespace Kilometers.PluginHost.Control;

/// <summary>A session's control channel, from its opening to its end.</summary>
internal sealed class SessionChannel : IAsyncDisposable
{
    private readonly SessionControl _control;
    private readonly ControlServer _server;

    private SessionChannel(SessionControl control, ControlServer server)
    {
        _control = control;
        _server = server;
    }

    /// <summary>Opens it.</summary>
    /// <param name="transport">How km find each other here.</param>
    /// <param name="hosting">The session's plugins.</param>
    /// <param name="guardian">Takes the address away if we are killed; null if there is none.</param>
    /// <param name="process">The session's relay.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">There is no place for it.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no place for it.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">There is no place for it.</exception>
    public static SessionChannel Open(
        IControlTransport transport,
        PluginHosting hosting,
        Guardian? guardian,
        int process,
        TimeProvider time
    )
    {
        var listener = transport.Listen(process, hosting.Session);
        if (!OperatingSystem.IsWindows())
            guardian?.DeleteAtEnd(listener.Path);
        var control = new SessionControl(hosting, process, time);
        return new SessionChannel(control, new ControlServer(listener, control, time));
    }

    /// <summary>Something was observed, or handled. Short.</summary>
    public void NoteTraffic() => _control.NoteTraffic();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        _control.Dispose();
    }
}
