using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Link.Hosting;

namespace Kilometers.Http.SignIn;

/// <summary>Signs the user in: OAuth 2.1 with a browser, as the MCP specification says for clients.</summary>
/// <param name="server">The server.</param>
/// <param name="options">How the user wants it.</param>
/// <param name="time">The clock.</param>
internal sealed class BrowserSignIn(Uri server, SignInOptions options, TimeProvider time)
{
    private const string OfflineScope = "offline_access";
    private static readonly TimeSpan UserLimit = TimeSpan.FromMinutes(5);

    private readonly string _name = Observing.SessionSettings.WithoutSecrets(server);
    private readonly SignInRequests _requests = new(server);

    /// <summary>Signs in.</summary>
    /// <param name="challenge">What the server said.</param>
    /// <param name="earlier">Permissions that the user gave before.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null if the server describes no sign-in.</returns>
    /// <exception cref="KmException">It failed.</exception>
    public async Task<Credentials.SignIn?> RunAsync(Challenge challenge, IReadOnlyList<string> earlier, CancellationToken cancellationToken)
    {
        if (!SafeAddress.Allows(server, server))
            return null;
        if (await new Discovery(server, _requests).FindAsync(challenge, cancellationToken).ConfigureAwait(false) is not { } place)
            return null;
        var issuer = place.Issuer;
        if (issuer.CodeChallengeMethodsSupported?.Contains("S256") != true)
            throw Unsupported("Its authorization server does not support PKCE (S256), without which others could use your sign-in.");
        if (
            !SafeAddress.TryRead(issuer.AuthorizationEndpoint, server, out var authorization)
            || !SafeAddress.TryRead(issuer.TokenEndpoint, server, out var token)
        )
            throw Unsupported("Its authorization server names no address for the sign-in that km follows.");

        var scope = ScopeOf(challenge, place, earlier);
        var state = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var listener = await ListenAsync(state).ConfigureAwait(false);
        await using (listener.ConfigureAwait(false))
        {
            var client = await IdentifyAsync(issuer, listener.Address, scope, cancellationToken).ConfigureAwait(false);
            var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
            Show(
                With(
                    authorization,
                    [
                        new("response_type", "code"),
                        new("client_id", client.Id),
                        new("redirect_uri", listener.Address.OriginalString),
                        new("state", state),
                        new("code_challenge", Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))),
                        new("code_challenge_method", "S256"),
                        new("resource", place.Resource),
                        .. scope.Length > 0 ? [new("scope", scope)] : Array.Empty<KeyValuePair<string, string>>(),
                    ]
                )
            );
            var code = await WaitAsync(listener, issuer, cancellationToken).ConfigureAwait(false);
            var begun = new Credentials.SignIn
            {
                Issuer = issuer.Issuer!,
                TokenEndpoint = token.AbsoluteUri,
                Resource = place.Resource,
                ClientId = client.Id,
                ClientSecret = options.ClientId is null ? client.Secret : null,
                ClientMethod = client.Method,
                AccessToken = "",
                Scope = scope,
            };
            return await new TokenRequests(server, _requests, time)
                .ExchangeAsync(begun, client, code, verifier, listener.Address, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Renews a sign-in.</summary>
    /// <returns>Null if the user must sign in again.</returns>
    /// <exception cref="KmException">It cannot be told now.</exception>
    public Task<Credentials.SignIn?> RefreshAsync(Credentials.SignIn signIn, CancellationToken cancellationToken)
    {
        var secret = options.ClientId is null ? signIn.ClientSecret : options.ClientSecret;
        var client = new ClientIdentity(signIn.ClientId, secret, signIn.ClientMethod);
        return new TokenRequests(server, _requests, time).RefreshAsync(signIn, client, cancellationToken);
    }

    /// <summary>What the request needs, else all that the server knows; and what the user gave before, so that nothing is lost.</summary>
    private static string ScopeOf(Challenge challenge, SignInPlace place, IReadOnlyList<string> earlier)
    {
        var wanted = challenge.Scopes.Count > 0 ? challenge.Scopes : place.Scopes;
        IEnumerable<string> offline =
            wanted.Count > 0 && place.Issuer.ScopesSupported?.Contains(OfflineScope) == true ? [OfflineScope] : [];
        return string.Join(' ', earlier.Concat(wanted).Concat(offline).Distinct(StringComparer.Ordinal));
    }

    private async Task<RedirectListener> ListenAsync(string state)
    {
        try
        {
            return await RedirectListener.StartAsync(options.CallbackPort, state).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw SignInFaults.Failed(
                _name,
                $"km cannot listen on port {options.CallbackPort}: {e.GetBaseException().Message}",
                "Choose another --callback-port, or leave it out"
            );
        }
    }

    private async Task<ClientIdentity> IdentifyAsync(IssuerDocument issuer, Uri redirect, string scope, CancellationToken cancellationToken)
    {
        var supported = issuer.TokenEndpointAuthMethodsSupported;
        if (options.ClientId is { } id)
            return ClientIdentity.Create(id, options.ClientSecret, null, supported);
        if (!SafeAddress.TryRead(issuer.RegistrationEndpoint, server, out var registration))
            throw Unsupported(
                "Its authorization server does not let km register itself.",
                issuer.ClientIdMetadataDocumentSupported
                    ? "Pass a client id, or the address of a client metadata document: --client-id"
                    : "Ask the server's operator for a client id and pass it: --client-id"
            );
        var request = new RegistrationRequest { RedirectUris = [redirect.OriginalString], Scope = scope.Length > 0 ? scope : null };
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, SignInJson.Default.RegistrationRequest));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var (status, answer) = await _requests
            .PostAsync(registration, content, _ => { }, SignInJson.Default.RegistrationAnswer, cancellationToken)
            .ConfigureAwait(false);
        return answer?.ClientId is { Length: > 0 } given && (int)status is (200 or 201)
            ? ClientIdentity.Create(given, answer.ClientSecret, answer.TokenEndpointAuthMethod, supported)
            : throw SignInFaults.Failed(
                _name,
                $"The authorization server did not register km (HTTP {(int)status})",
                "Ask the server's operator for a client id and pass it: --client-id"
            );
    }

    private void Show(Uri address)
    {
        RelayErrors.Write($"{_name} asks you to sign in. If no browser opens, open {address.AbsoluteUri}", ErrorCode.SignInRequired);
        Browser.TryOpen(address, options.SecretVariables);
    }

    private async Task<string> WaitAsync(RedirectListener listener, IssuerDocument issuer, CancellationToken cancellationToken)
    {
        BrowserAnswer answer;
        try
        {
            answer = await listener.Answer.WaitAsync(UserLimit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw SignInFaults.Failed(_name, $"Nobody signed in within {UserLimit.TotalMinutes:0} minutes");
        }

        // Another authorization server may have sent the browser here, to get the code of this one (RFC 9207).
        if (answer.Issuer is { } from ? from != issuer.Issuer : issuer.AuthorizationResponseIssParameterSupported)
            throw SignInFaults.Failed(
                _name,
                "The answer did not come from the authorization server that km asked",
                "Do not try again before you know why"
            );
        if (answer is { Error: null, Code: { } code })
            return code;
        throw answer.Error == "access_denied"
            ? SignInFaults.Denied(_name)
            : SignInFaults.Failed(_name, $"The authorization server answered {SignInFaults.Clean($"{answer.Error} {answer.Reason}")}");
    }

    private static Uri With(Uri address, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var query = string.Join('&', parameters.Select(one => $"{Uri.EscapeDataString(one.Key)}={Uri.EscapeDataString(one.Value)}"));
        return new UriBuilder(address) { Query = address.Query.Length > 1 ? $"{address.Query}&{query}" : query, Fragment = "" }.Uri;
    }

    private KmException Unsupported(string why, string hint = "Tell the server's operator") => SignInFaults.Unsupported(_name, why, hint);
}
