using Kilometers.Contracts;

namespace Kilometers.Http.SignIn;

/// <summary>Why nobody is signed in. What a server wrote is shortened and cleaned first; no token is ever part of it.</summary>
internal static class SignInFaults
{
    private const int MaxWords = 200;

    /// <summary>The server describes itself as another one.</summary>
    public static KmException WrongResource(string server, string? resource) =>
        new(
            new KmError(
                ErrorCode.WrongResource,
                $"{server} asks for tokens of another server",
                $"Its metadata names {Clean(resource ?? "nothing")} as the protected resource.",
                "Do not sign in. Check the address, or ask the server's operator"
            )
        );

    /// <summary>It cannot be done safely, or at all.</summary>
    public static KmException Unsupported(string server, string why, string hint) =>
        new(new KmError(ErrorCode.SignInUnsupported, $"km cannot sign in to {server}", why, hint));

    /// <summary>The authorization server refused, or did not answer.</summary>
    public static KmException Failed(string server, string why, string hint = "Try again") =>
        new(new KmError(ErrorCode.SignInFailed, $"The sign-in to {server} failed", why, hint));

    /// <summary>The user said no, or may not.</summary>
    public static KmException Denied(string server) =>
        new(
            new KmError(
                ErrorCode.SignInDenied,
                $"The sign-in to {server} was denied",
                "You, or the authorization server, refused it.",
                "Restart the server in your client to be asked again"
            )
        );

    /// <summary>The user has not finished.</summary>
    public static KmException Waiting(string server) =>
        new(
            new KmError(
                ErrorCode.SignInRequired,
                $"{server} asks you to sign in",
                "km waits for you in your browser.",
                "Finish there, and try again. The address is also in this server's log (standard error)"
            )
        );

    /// <summary>Words of somebody else's, for one line.</summary>
    public static string Clean(string text) => string.Concat(text.Take(MaxWords).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
}
