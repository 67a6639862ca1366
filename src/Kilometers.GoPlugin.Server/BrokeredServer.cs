using Kilometers.GoPlugin.Server.Serving;

namespace Kilometers.GoPlugin.Server;

/// <summary>Services on a connection of their own, announced to the host. Disposing it ends the connection.</summary>
public sealed class BrokeredServer : IAsyncDisposable
{
    private readonly GrpcListener _listener;

    internal BrokeredServer(uint id, GrpcListener listener)
    {
        Id = id;
        _listener = listener;
    }

    /// <summary>The number under which the host dials it.</summary>
    public uint Id { get; }

    /// <summary>Cuts the calls under way and removes the socket.</summary>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
