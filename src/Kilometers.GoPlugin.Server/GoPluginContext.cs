using Microsoft.Extensions.Logging;

namespace Kilometers.GoPlugin.Server;

/// <summary>What the services of a plugin may use of the process that serves them.</summary>
public sealed class GoPluginContext
{
    private readonly Action _stop;

    internal GoPluginContext(int version, GoPluginBroker broker, ILoggerFactory loggerFactory, Action stop, CancellationToken stopping)
    {
        ProtocolVersion = version;
        Broker = broker;
        LoggerFactory = loggerFactory;
        Stopping = stopping;
        _stop = stop;
    }

    /// <summary>The application protocol version agreed with the host.</summary>
    public int ProtocolVersion { get; }

    /// <summary>Further connections between the plugin and its host.</summary>
    public GoPluginBroker Broker { get; }

    /// <summary>Loggers whose lines go to the host as hclog JSON on stderr.</summary>
    public ILoggerFactory LoggerFactory { get; }

    /// <summary>Cancelled when the plugin begins to stop: asked by the host, by SIGTERM, or because the host is gone.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Begins an orderly stop of the process, as if the host had asked for it. Returns at once; may be called more than once.</summary>
    public void Stop() => _stop();
}
