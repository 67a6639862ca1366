using System.Net;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Credentials;
using Kilometers.Http.Bridge;
using Kilometers.Http.SignIn;
using Kilometers.Link.Hosting;

namespace Kilometers.Http;

/// <summary>How the user gets signed in: while a bridge runs, or ahead of it (<c>km auth login --server URL</c>).</summary>
internal static class SignInStart
{
    private static readonly TimeSpan LongWait = TimeSpan.FromMinutes(10);

    /// <summary>What signs the user in.</summary>
    /// <returns>Null if the user passes an authorization in the headers.</returns>
    public static TokenSource? Create(HttpArguments arguments, TimeProvider time)
    {
        if (arguments.Headers.Any(header => header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)))
            return null;
        var options = arguments.Mode == "sign-in" ? arguments.SignIn with { Wait = LongWait } : arguments.SignIn;
        return new TokenSource(
            arguments.Server,
            options,
            new SignInMemory(arguments.Server, options.ClientId, Store(arguments), time),
            time
        );
    }

    /// <summary>Signs the user in, if the server wants that.</summary>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(HttpArguments arguments, string name, TokenSource? tokens, CancellationToken cancellationToken)
    {
        using var connection = new ServerConnection(arguments.Server, arguments.Headers, tokens);
        var ping = ClientMessage.Read("""{"jsonrpc":"2.0","id":1,"method":"ping"}"""u8.ToArray(), new ToolHeaders());
        try
        {
            using var response = await connection.PostAsync(ping, cancellationToken).ConfigureAwait(false);
            var isSignedIn = tokens is not null && await tokens.FindAsync(cancellationToken).ConfigureAwait(false) is not null;
            if (response.StatusCode != HttpStatusCode.Unauthorized)
            {
                var report = new SignInReport("auth login", name, isSignedIn ? "you are signed in" : "the server asks for no sign-in");
                await Console
                    .Out.WriteLineAsync(
                        arguments.IsJson ? JsonSerializer.Serialize(report, HttpJson.Default.SignInReport) : $"{name}: {report.Detail}"
                    )
                    .ConfigureAwait(false);
                return 0;
            }

            RelayErrors.Write(
                $"{name} asks for authorization, but offers no sign-in. Pass a token: --header 'Authorization: Bearer ${{TOKEN}}'",
                ErrorCode.SignInRequired
            );
        }
        catch (KmException e)
        {
            RelayErrors.Write(
                string.Join(". ", new[] { e.Error.Summary, e.Error.Detail?.TrimEnd('.'), e.Error.Hint }.OfType<string>()),
                e.Error.Code
            );
        }
        catch (HttpRequestException e)
        {
            RelayErrors.Write($"{name} cannot be reached: {e.GetBaseException().Message}", ErrorCode.ServerUnreachable);
        }
        catch (OperationCanceledException)
        {
            RelayErrors.Write($"Nobody is signed in to {name}: interrupted", ErrorCode.SignInRequired);
        }

        return 1;
    }

    private static SignInStore? Store(HttpArguments arguments)
    {
        if (arguments is not { SignIns: { } list, Secrets: { } secrets })
            return null;
        try
        {
            var store = CredentialStores.Open(arguments.KeyStore, secrets, SecretKind.SignIn, Environment.GetEnvironmentVariable);
            return new SignInStore(list, store);
        }
        catch (KmException e)
        {
            RelayErrors.Write($"Your sign-in is kept for this session only. {e.Error.Summary}", e.Error.Code);
            return null;
        }
    }
}
