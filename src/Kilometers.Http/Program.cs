using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Http.Bridge;
using Kilometers.Http.Observing;
using Kilometers.Http.Proxy;
using Kilometers.Http.SignIn;
using Kilometers.Link.Hosting;
using Kilometers.Processes;
using Kilometers.Processes.Unix;

namespace Kilometers.Http;

/// <summary><c>km-http</c>: what <c>km proxy</c> and <c>km bridge</c> become. A program of its own, so that no other command carries HTTP.</summary>
internal static class Program
{
    private const int UsageStatus = 2;

    public static async Task<int> Main(string[] args)
    {
        // Before anything opens a file or writes one.
        StandardStreams.Fill();
        SignalDispositions.Prepare();
        if (HttpArguments.TryParse(args) is not { } arguments)
        {
            RelayErrors.Write("km-http is started by km. Run km proxy or km bridge", ErrorCode.InvalidArguments);
            return UsageStatus;
        }

        if (HeaderVariables.Expand(arguments.Headers, Environment.GetEnvironmentVariable, out var missing) is not { } headers)
        {
            RelayErrors.Write($"--header: the environment has no variable {missing}. Set it, or leave it out", ErrorCode.InvalidArguments);
            return UsageStatus;
        }

        var secret = arguments.SecretVariable is { } name ? Environment.GetEnvironmentVariable(name) : "";
        if (secret is null)
        {
            RelayErrors.Write(
                $"--client-secret-env: the environment has no variable {arguments.SecretVariable}. Set it, or leave it out",
                ErrorCode.InvalidArguments
            );
            return UsageStatus;
        }

        using var signals = new EndSignals();
        arguments = arguments with
        {
            Headers = headers,
            SignIn = arguments.SignIn with
            {
                ClientSecret = secret.Length > 0 ? secret : null,
                SecretVariables = arguments.SecretVariable is { } variable ? [variable] : [],
            },
        };
        var settings = new SessionSettings
        {
            Server = SessionSettings.WithoutSecrets(arguments.Server),
            Options = arguments.Options,
            MaxMessage = arguments.MaxMessage,
        };
        if (arguments.Mode == "proxy")
            return await ProxyAsync(arguments, settings, signals).ConfigureAwait(false);
        using var tokens = SignInStart.Create(arguments, TimeProvider.System);
        return arguments.Mode == "bridge"
            ? await BridgeAsync(arguments, settings, tokens, signals).ConfigureAwait(false)
            : await SignInStart.RunAsync(arguments, settings.Server, tokens, signals.Ending).ConfigureAwait(false);
    }

    private static async Task<int> ProxyAsync(HttpArguments arguments, SessionSettings settings, EndSignals signals)
    {
        var proxy = new ProxyServer(arguments.Server, arguments.Headers, arguments.Listen, settings, TimeProvider.System);
        await using (proxy.ConfigureAwait(false))
        {
            try
            {
                await proxy.StartAsync().ConfigureAwait(false);
            }
            catch (IOException e)
            {
                RelayErrors.Write(
                    $"km proxy cannot listen on {arguments.Listen}: {e.GetBaseException().Message}. Choose another port with --listen, or leave it out",
                    ErrorCode.CannotListen
                );
                return 1;
            }

            if (arguments.IsJson)
                await Console
                    .Out.WriteLineAsync(
                        JsonSerializer.Serialize(new ProxyReport(proxy.Address, settings.Server), HttpJson.Default.ProxyReport)
                    )
                    .ConfigureAwait(false);
            await Console
                .Error.WriteLineAsync($"km: {settings.Server} is at {proxy.Address}. Give this address to your client. Stop with Ctrl+C.")
                .ConfigureAwait(false);
            await proxy.RunAsync(signals.Ending).ConfigureAwait(false);
            return 0;
        }
    }

    private static async Task<int> BridgeAsync(HttpArguments arguments, SessionSettings settings, TokenSource? tokens, EndSignals signals)
    {
        var session = new ObservedSession(settings, TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(signals.Ending, session.Terminated);
        try
        {
            if (await session.RefusalAsync(ending.Token).ConfigureAwait(false) is { } refused)
                return refused;
            using var bridge = new StdioBridge(
                arguments.Server,
                arguments.Headers,
                tokens,
                StandardStreams.WasClosed(0) ? Stream.Null : Console.OpenStandardInput(),
                StandardStreams.WasClosed(1) ? Stream.Null : FileDescriptorStream.Standard(1),
                session,
                TimeProvider.System
            );
            await bridge.RunAsync(ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Before the first message.
        }

        session.End();
        return session.ImposedStatus ?? signals.ShellCode;
    }
}
