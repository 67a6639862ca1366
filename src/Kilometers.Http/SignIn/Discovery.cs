namespace Kilometers.Http.SignIn;

/// <summary>Where to sign in to a server.</summary>
/// <param name="Resource">What tokens must be for.</param>
/// <param name="Issuer">The authorization server.</param>
/// <param name="Scopes">The permissions that the server knows.</param>
internal sealed record SignInPlace(string Resource, IssuerDocument Issuer, IReadOnlyList<string> Scopes);

/// <summary>Finds out where to sign in to a server, as the MCP specification says.</summary>
/// <param name="server">The server.</param>
/// <param name="requests">Asks.</param>
internal sealed class Discovery(Uri server, SignInRequests requests)
{
    public const string ResourcePath = "/.well-known/oauth-protected-resource";
    public const string IssuerPath = "/.well-known/oauth-authorization-server";
    public const string OpenIdPath = "/.well-known/openid-configuration";

    private readonly string _name = Observing.SessionSettings.WithoutSecrets(server);

    /// <summary>Finds it.</summary>
    /// <returns>Null if the server describes no sign-in.</returns>
    /// <exception cref="Contracts.KmException">There is one, but it is wrong, or km cannot use it.</exception>
    public async Task<SignInPlace?> FindAsync(Challenge challenge, CancellationToken cancellationToken)
    {
        if (await FindResourceAsync(challenge, cancellationToken).ConfigureAwait(false) is not { } found)
            return await FindAtOriginAsync(cancellationToken).ConfigureAwait(false);
        var resource = Parse(found) ?? throw Unsupported("Its metadata is not JSON.");
        if (!SafeAddress.Covers(resource.Resource, server))
            throw SignInFaults.WrongResource(_name, resource.Resource);
        if (resource.AuthorizationServers is not [var issuer, ..])
            throw Unsupported("Its metadata names no authorization server.");
        var description = await FindIssuerAsync(issuer, cancellationToken).ConfigureAwait(false)
            ?? throw Unsupported($"The authorization server {SignInFaults.Clean(issuer)} does not describe itself.");
        return new SignInPlace(resource.Resource!, description.Document, resource.ScopesSupported ?? []);
    }

    /// <summary>The server's description of what protects it: where the challenge says, else where descriptions are by rule.</summary>
    public async Task<byte[]?> FindResourceAsync(Challenge challenge, CancellationToken cancellationToken)
    {
        if (challenge.ResourceMetadata is { } named)
            return SafeAddress.TryRead(named, server, out var address)
                ? await requests.FindAsync(address, cancellationToken).ConfigureAwait(false)
                : throw Unsupported($"Its metadata is at {SignInFaults.Clean(named)}, which is not an address that km follows.");
        var path = server.AbsolutePath.TrimEnd('/');
        foreach (var place in path.Length == 0 ? new[] { ResourcePath } : [ResourcePath + path, ResourcePath])
            if (
                await requests.FindAsync(new Uri(server, place), cancellationToken).ConfigureAwait(false) is { } found
                && Parse(found) is not null
            )
                return found;
        return null;
    }

    /// <summary>The places where an authorization server describes itself, in the order of the specification.</summary>
    public static IReadOnlyList<string> PlacesOf(Uri issuer)
    {
        var origin = issuer.GetLeftPart(UriPartial.Authority);
        var path = issuer.AbsolutePath.TrimEnd('/');
        return path.Length == 0
            ? [origin + IssuerPath, origin + OpenIdPath]
            : [origin + IssuerPath + path, origin + OpenIdPath + path, origin + path + OpenIdPath];
    }

    /// <summary>Reads the description of an authorization server, which must be its own.</summary>
    /// <returns>Null if there is none.</returns>
    public async Task<(IssuerDocument Document, byte[] Text)?> FindIssuerAsync(string issuer, CancellationToken cancellationToken)
    {
        if (!SafeAddress.TryRead(issuer, server, out var address))
            throw Unsupported($"Its authorization server is {SignInFaults.Clean(issuer)}, which is not an address that km follows.");
        foreach (var place in PlacesOf(address))
        {
            if (
                await requests.FindAsync(new Uri(place), cancellationToken).ConfigureAwait(false) is not { } text
                || SignInRequests.Parse(text, SignInJson.Default.IssuerDocument) is not { Issuer: { } own } document
            )
                continue;
            if (own.TrimEnd('/') != issuer.TrimEnd('/'))
                throw Unsupported($"The authorization server {SignInFaults.Clean(issuer)} calls itself {SignInFaults.Clean(own)}.");
            return (document, text);
        }

        return null;
    }

    /// <summary>A server of version 2025-03-26 is its own authorization server.</summary>
    private async Task<SignInPlace?> FindAtOriginAsync(CancellationToken cancellationToken)
    {
        var origin = server.GetLeftPart(UriPartial.Authority);
        if (!SafeAddress.TryRead(origin, server, out _))
            return null;
        return await FindIssuerAsync(origin, cancellationToken).ConfigureAwait(false) is { Document: var issuer }
            ? new SignInPlace(_name, issuer, issuer.ScopesSupported ?? [])
            : null;
    }

    private static ResourceDocument? Parse(byte[] text) => SignInRequests.Parse(text, SignInJson.Default.ResourceDocument);

    private Contracts.KmException Unsupported(string why) =>
        SignInFaults.Unsupported(_name, why, "Tell the server's operator, or pass a token: --header 'Authorization: Bearer ${TOKEN}'");
}
