using System.Collections.Concurrent;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugins.Otel.Exporting;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.Otel;

/// <summary>What all sessions of the process share: a queue on disk, a sender, and a pipeline for each name of a server.</summary>
/// <param name="time">The clock of everything but the messages themselves.</param>
#pragma warning disable CA1001 // One per process, ending with it.
internal sealed class SharedTelemetry(TimeProvider time) : PluginServices
#pragma warning restore CA1001
{
    public const string Feature = "opentelemetry";

    /// <summary>More names than that have one pipeline together: somebody makes up names.</summary>
    private const int MaxServices = 64;

    private const int FlushMilliseconds = 500;
    private const string Others = "mcp-servers";

    private readonly ConcurrentDictionary<string, Lazy<Pipeline>> _pipelines = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private DiskQueue? _queue;
    private CollectorClient? _client;
    private QueueSender? _sender;
    private Task _sending = Task.CompletedTask;

    /// <summary>Known once it is initialized.</summary>
    public OtelSettings? Settings { get; private set; }

    /// <summary>Whether there is a collector.</summary>
    public bool IsUsed => Settings?.Collector is not null;

    /// <summary>Whether the subscription allows it now.</summary>
    public bool IsEntitled => Entitlement.Has(Feature);

    /// <exception cref="ArgumentException">A setting is missing or invalid.</exception>
    /// <exception cref="IOException">The queue cannot be made.</exception>
    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        Settings = OtelSettings.Read(Configuration);
        if (Settings.Unknown.Count > 0)
            Logger.LogWarning("Unknown settings are ignored: {Settings}", string.Join(", ", Settings.Unknown));
        if (Settings.Collector is not { } collector)
        {
            // A subscription may have brought the plugin along.
            Logger.LogInformation("There is no collector to send to: the setting endpoint names one, such as http://localhost:4317");
            return ValueTask.CompletedTask;
        }

        _queue = new DiskQueue(Settings.QueueFolder, Settings.QueueSize / 2);
        _client = new CollectorClient(collector);
        _sender = new QueueSender(_queue, _client, () => IsEntitled, Logger, time);
        _sending = Task.Run(() => _sender.RunAsync(_stopping.Token), CancellationToken.None);
        return ValueTask.CompletedTask;
    }

    /// <summary>The pipeline of a server's name.</summary>
    public Pipeline PipelineOf(string service, string version)
    {
        var name = service.Length == 0 || (_pipelines.Count >= MaxServices && !_pipelines.ContainsKey(service)) ? Others : service;
        return _pipelines.GetOrAdd(name, _ => new Lazy<Pipeline>(() => new Pipeline(name, version, Settings!, _queue!))).Value;
    }

    /// <summary>Writes out what is counted, and sends what the deadline allows. The rest is sent by the next process.</summary>
    public override async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        if (_queue is not { } queue)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        await Task.Run(
                () =>
                {
                    foreach (var pipeline in _pipelines.Values)
                        pipeline.Value.Flush(FlushMilliseconds);
                },
                CancellationToken.None
            )
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _sender!.DrainAsync(cancellationToken).ConfigureAwait(false);
        if (queue.Lost > 0)
            Logger.LogWarning("{Count} requests to the collector were lost: the queue was full, or the disk did not take them", queue.Lost);
        _client!.Dispose();
    }
}
