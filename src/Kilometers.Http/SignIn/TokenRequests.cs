using System.Globalization;
using System.Net;
using Kilometers.Contracts;

namespace Kilometers.Http.SignIn;

/// <summary>Gets tokens from an authorization server.</summary>
/// <param name="server">The server that they are for.</param>
/// <param name="requests">Asks.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenRequests(Uri server, SignInRequests requests, TimeProvider time)
{
    private readonly string _name = Observing.SessionSettings.WithoutSecrets(server);

    /// <summary>Exchanges what the browser brought for tokens.</summary>
    /// <param name="signIn">What is known; its tokens are still empty.</param>
    /// <param name="client">Who km is.</param>
    /// <param name="code">From the browser.</param>
    /// <param name="verifier">Proves that km began the sign-in (RFC 7636).</param>
    /// <param name="redirect">Where the browser came back to.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KmException">The server refused.</exception>
    public async Task<Credentials.SignIn> ExchangeAsync(
        Credentials.SignIn signIn,
        ClientIdentity client,
        string code,
        string verifier,
        Uri redirect,
        CancellationToken cancellationToken
    )
    {
        var (status, answer) = await AskAsync(
                signIn,
                client,
                new Dictionary<string, string>
                {
                    ["grant_type"] = "authorization_code",
                    ["code"] = code,
                    ["code_verifier"] = verifier,
                    ["redirect_uri"] = redirect.OriginalString,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return Take(signIn, answer) ?? throw Refused(status, answer);
    }

    /// <summary>Renews tokens.</summary>
    /// <returns>Null if the server no longer renews them: the user must sign in again.</returns>
    /// <exception cref="KmException">It cannot be told now.</exception>
    public async Task<Credentials.SignIn?> RefreshAsync(
        Credentials.SignIn signIn,
        ClientIdentity client,
        CancellationToken cancellationToken
    )
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = signIn.RefreshToken! };
        var (status, answer) = await AskAsync(signIn, client, form, cancellationToken).ConfigureAwait(false);
        if (Take(signIn, answer) is { } renewed)
            return renewed;
        return (int)status is >= 400 and < 500 and not 408 and not 429 ? null : throw Refused(status, answer);
    }

    private async Task<(HttpStatusCode Status, TokenAnswer? Answer)> AskAsync(
        Credentials.SignIn signIn,
        ClientIdentity client,
        Dictionary<string, string> form,
        CancellationToken cancellationToken
    )
    {
        if (!SafeAddress.TryRead(signIn.TokenEndpoint, server, out var endpoint))
            throw SignInFaults.Failed(_name, "The address of the authorization server is not one that km follows");
        form["resource"] = signIn.Resource;
        using var proof = new HttpRequestMessage();
        client.AddTo(proof, form);
        using var content = new FormUrlEncodedContent(form);
        return await requests
            .PostAsync(
                endpoint,
                content,
                request => request.Headers.Authorization = proof.Headers.Authorization,
                SignInJson.Default.TokenAnswer,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <returns>Null if there are no tokens in it.</returns>
    private Credentials.SignIn? Take(Credentials.SignIn signIn, TokenAnswer? answer)
    {
        if (answer is not { Error: null, AccessToken: { Length: > 0 } token } || !IsHeaderText(token))
            return null;
        if (!string.Equals(answer.TokenType ?? "Bearer", "Bearer", StringComparison.OrdinalIgnoreCase))
            return null;
        return signIn with
        {
            AccessToken = token,
            RefreshToken = answer.RefreshToken ?? signIn.RefreshToken,
            Expires = answer.ExpiresIn is { } seconds
                ? time.GetUtcNow().AddSeconds(Math.Clamp(seconds, 0, int.MaxValue)).ToUnixTimeSeconds()
                : null,
        };
    }

    private static bool IsHeaderText(string token) => token.All(c => c is > ' ' and <= '~');

    private KmException Refused(HttpStatusCode status, TokenAnswer? answer) =>
        SignInFaults.Failed(
            _name,
            answer?.Error is { } error
                ? $"The authorization server answered {SignInFaults.Clean($"{error} {answer.ErrorDescription}")}"
                : string.Create(CultureInfo.InvariantCulture, $"The authorization server answered HTTP {(int)status} and no tokens")
        );
}
