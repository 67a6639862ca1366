using System.Text;
using Grpc.Core;
using Kilometers.GoPlugin.Server.Handshake;
using Kilometers.GoPlugin.Server.Lifetime;
using Kilometers.GoPlugin.Server.Logging;
using Kilometers.GoPlugin.Server.Security;
using Kilometers.GoPlugin.Server.Serving;
using Kilometers.GoPlugin.Server.Stdio;
using Kilometers.GoPlugin.Wire;
using Kilometers.GoPlugin.Wire.Health;
using Microsoft.Extensions.Logging;

namespace Kilometers.GoPlugin.Server;

/// <summary>The plugin half of HashiCorp's go-plugin protocol over gRPC: serves a process's services to the host that started it.</summary>
public static class GoPluginServer
{
    /// <summary>How long a print waits for a host that reads its plugin's output, but slowly.</summary>
    private static readonly TimeSpan OutputTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Serves until the host asks for the end, SIGTERM arrives, the token is cancelled or the host is gone. From the call on
    /// <c>Console.Out</c> goes to the host by GRPCStdio; nothing may have been printed before.
    /// </summary>
    /// <param name="options">What is served, and how.</param>
    /// <param name="cancellationToken">Begins an orderly stop.</param>
    /// <returns>The exit code for the process: 0 after an orderly stop; 1 when the process was not started by its host or cannot serve,
    /// which stderr then explains.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static async Task<int> RunAsync(GoPluginServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using var error = ProcessStreams.OpenError();
        if (Environment.GetEnvironmentVariable(options.CookieKey) != options.CookieValue)
        {
            error.Write(
                Encoding.UTF8.GetBytes(
                    $"This program is a plugin; it is started by the program that uses it, not by hand.\n({options.CookieKey} does not have the expected value.)\n"
                )
            );
            return 1;
        }
        using var loggerFactory = HclogLoggerProvider.CreateFactory(error, options.TimeProvider, options.MinimumLogLevel);
        try
        {
            await ServeAsync(options, loggerFactory, cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (Exception exception) when (exception is GoPluginStartException or IOException or UnauthorizedAccessException)
        {
            loggerFactory.CreateLogger("go-plugin").LogError("The plugin cannot be served: {Reason}", exception.Message);
            return 1;
        }
    }

    private static async Task ServeAsync(GoPluginServerOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var host = HostEnvironment.Read(Environment.GetEnvironmentVariable);
        // Loading OpenSSL and making a key takes about as long as building the server: side by side.
        var tls = host.ClientCertificate is { } pem
            ? Task.Run(() => AutoMtls.Create(pem, options.TimeProvider.GetUtcNow()), cancellationToken)
            : null;
        using var lifetime = new PluginLifetime();
        using var cancelled = cancellationToken.UnsafeRegister(static state => ((PluginLifetime)state!).Stop(), lifetime);
        var output = new StdioBuffer(options.OutputBufferSize, OutputTimeout);
        ProcessStreams.Capture(output, options.CaptureStandardError);

        var version = Negotiation.Choose(options.Contracts.Keys, host.ProtocolVersions);
        var broker = new GoPluginBroker(host, tls, loggerFactory, options.TimeProvider);
        var context = new GoPluginContext(version, broker, loggerFactory, lifetime.Stop, lifetime.Stopping);
        ServerServiceDefinition[] services =
        [
            .. options.Contracts[version](context),
            Health.BindService(new HealthService(lifetime.Stopping)),
            GRPCController.BindService(new ControllerService(lifetime.Stop)),
            GRPCStdio.BindService(new StdioService(output)),
            GRPCBroker.BindService(new BrokerService(broker, lifetime.Stopping)),
        ];
        var endpoint = PluginEndpoint.Allocate(host);
        await using var listener = await GrpcListener
            .StartAsync(endpoint, tls, services, loggerFactory, cancellationToken)
            .ConfigureAwait(false);
        SocketAccess.Apply(endpoint, host.SocketGroup);
        using var security = tls is null ? null : await tls.ConfigureAwait(false);

        lifetime.TakeSignals();
        lifetime.WatchHost(options.StopTimeout + TimeSpan.FromSeconds(1));
        WriteHandshake(HandshakeLine.Format(version, endpoint, security is null ? [] : security.Certificate, host.AsksForMultiplexing));
        await WaitAsync(lifetime.Stopping).ConfigureAwait(false);
        await StopAsync(options, listener, output, loggerFactory).ConfigureAwait(false);
    }

    private static void WriteHandshake(byte[] line)
    {
        using var stdout = ProcessStreams.OpenOutput();
        stdout.Write(line);
        stdout.Flush();
    }

    private static Task WaitAsync(CancellationToken stopping)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stopping.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), stopped);
        return stopped.Task;
    }

    private static async Task StopAsync(
        GoPluginServerOptions options,
        GrpcListener listener,
        StdioBuffer output,
        ILoggerFactory loggerFactory
    )
    {
        using var deadline = new CancellationTokenSource(options.StopTimeout, options.TimeProvider);
        try
        {
            if (options.Stopping is { } stopping)
                await stopping(deadline.Token).WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            loggerFactory.CreateLogger("go-plugin").LogError(exception, "The plugin's own stop failed");
        }
        // After the plugin's last words, so that they reach the host.
        output.Complete();
        await listener.StopAsync(deadline.Token).ConfigureAwait(false);
    }
}
