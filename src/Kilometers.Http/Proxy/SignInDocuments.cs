using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kilometers.Http.SignIn;

namespace Kilometers.Http.Proxy;

/// <summary>
/// The documents that lead a client to its sign-in, changed so that all of it passes through the proxy: a client signs in for the address that
/// it knows.
/// </summary>
internal static class SignInDocuments
{
    /// <summary>Below it are the endpoints of authorization servers, each under a name of its own.</summary>
    public const string Folder = "/km-sign-in/";

    public const string Authorize = "authorize";
    public const string Token = "token";

    private static readonly Dictionary<string, string> Endpoints = new()
    {
        ["authorization_endpoint"] = Authorize,
        ["token_endpoint"] = Token,
        ["registration_endpoint"] = "register",
        ["revocation_endpoint"] = "revoke",
    };

    /// <summary>What would lead a client past the proxy, or contradict what was changed.</summary>
    private static readonly string[] Removed =
    [
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "backchannel_authentication_endpoint",
        "mtls_endpoint_aliases",
        "signed_metadata",
    ];

    /// <summary>What a client proves with an address of the authorization server in it, which it does not know here.</summary>
    private static readonly string[] BoundMethods =
    [
        "private_key_jwt",
        "client_secret_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ];

    /// <summary>The name of an authorization server in addresses of the proxy: the same after a restart.</summary>
    public static string NameOf(string issuer) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.TrimEnd('/'))))[..16];

    /// <summary>The server's description of what protects it.</summary>
    public static byte[] RewriteResource(JsonObject document, OwnAddress own)
    {
        document["resource"] = own.ToOwn(document["resource"]!.GetValue<string>());
        if (document["authorization_servers"] is JsonArray issuers)
            document["authorization_servers"] = new JsonArray([
                .. issuers.Select(issuer => JsonValue.Create(own.Origin + Folder + NameOf(issuer!.GetValue<string>()))),
            ]);
        document.Remove("signed_metadata");
        return Write(document);
    }

    /// <summary>An authorization server's description of itself.</summary>
    /// <param name="document">The description.</param>
    /// <param name="issuer">Who it is to the client.</param>
    /// <param name="name">Its name in addresses.</param>
    /// <param name="own">The proxy.</param>
    public static byte[] RewriteIssuer(JsonObject document, string issuer, string name, OwnAddress own)
    {
        document["issuer"] = issuer;
        foreach (var (field, endpoint) in Endpoints)
            if (document.ContainsKey(field))
                document[field] = $"{own.Origin}{Folder}{name}/{endpoint}";
        foreach (var field in Removed)
            document.Remove(field);
        return Write(document);
    }

    /// <summary>The true address of an endpoint.</summary>
    /// <returns>Null if there is none.</returns>
    public static string? EndpointOf(JsonObject document, string endpoint) =>
        Endpoints.FirstOrDefault(one => one.Value == endpoint).Key is { } field ? document[field]?.GetValue<string>() : null;

    /// <summary>Whether a sign-in at an authorization server can be led through the proxy.</summary>
    /// <returns>Why it cannot; null if it can.</returns>
    public static string? WhyNot(JsonObject document, IssuerDocument issuer)
    {
        if (issuer.AuthorizationResponseIssParameterSupported)
            return "Its authorization server names itself in its answers (RFC 9207), and your client knows it by another name";
        if (Demands("require_pushed_authorization_requests") || Demands("require_signed_request_object"))
            return "Its authorization server demands requests that km proxy cannot change";
        return issuer.TokenEndpointAuthMethodsSupported is { Count: > 0 } methods && methods.All(BoundMethods.Contains)
            ? "Its authorization server demands proofs that hold only for its own address"
            : null;

        bool Demands(string field) => document[field] is JsonValue value && value.GetValueKind() == JsonValueKind.True;
    }

    private static byte[] Write(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());
}
