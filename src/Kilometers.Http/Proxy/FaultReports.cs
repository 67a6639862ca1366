using Kilometers.Contracts;
using Kilometers.Link.Hosting;

namespace Kilometers.Http.Proxy;

/// <summary>Tells the user what clients often do not show, once for each kind.</summary>
internal sealed class FaultReports
{
    private int _unreachable;
    private int _signIn;
    private int _noSignIn;

    /// <summary>The server cannot be reached.</summary>
    public void Unreachable(string server, string why)
    {
        if (Interlocked.Exchange(ref _unreachable, 1) == 0)
            RelayErrors.Write($"{server} cannot be reached: {why}. Clients get status 502 until it can", ErrorCode.ServerUnreachable);
    }

    /// <summary>The server wants a user to sign in.</summary>
    public void SignIn(string server)
    {
        if (Interlocked.Exchange(ref _signIn, 1) == 0)
            RelayErrors.Write(
                $"{server} asks for authorization. Sign in with your client, or pass a token: --header 'Authorization: Bearer ${{TOKEN}}'",
                ErrorCode.SignInRequired
            );
    }

    /// <summary>The user cannot sign in.</summary>
    public void NoSignIn(KmError why)
    {
        if (Interlocked.Exchange(ref _noSignIn, 1) == 0)
            RelayErrors.Write($"{why.Summary}. {why.Detail} {why.Hint}", why.Code);
    }
}
