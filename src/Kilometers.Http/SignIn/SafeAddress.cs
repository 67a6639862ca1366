using System.Diagnostics.CodeAnalysis;

namespace Kilometers.Http.SignIn;

/// <summary>
/// Which of the addresses that a server names are followed: those that nobody can listen in on, and none of this machine if the server is
/// elsewhere.
/// </summary>
internal static class SafeAddress
{
    /// <summary>Reads an address that a server named.</summary>
    /// <param name="text">The address.</param>
    /// <param name="server">The server.</param>
    /// <param name="address">The address, if it may be followed.</param>
    public static bool TryRead(string? text, Uri server, [NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address) && Allows(address, server);

    /// <summary>Whether an address may be followed.</summary>
    public static bool Allows(Uri address, Uri server) =>
        address.UserInfo.Length == 0
        && (
            address.Scheme == Uri.UriSchemeHttps
                ? !address.IsLoopback || server.IsLoopback
                : address.Scheme == Uri.UriSchemeHttp && address.IsLoopback && server.IsLoopback
        );

    /// <summary>Whether tokens for a resource are tokens for a server: it is the server itself, or what contains it.</summary>
    public static bool Covers(string? resource, Uri server)
    {
        if (
            !Uri.TryCreate(resource, UriKind.Absolute, out var covering)
            || covering.Fragment.Length > 0
            || covering.GetLeftPart(UriPartial.Authority) != server.GetLeftPart(UriPartial.Authority)
        )
            return false;
        var path = covering.AbsolutePath.TrimEnd('/') + "/";
        return (server.AbsolutePath.TrimEnd('/') + "/").StartsWith(path, StringComparison.Ordinal);
    }
}
