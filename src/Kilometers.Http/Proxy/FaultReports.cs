using Kilometers.Contracts;
using Kilometers.Link.Hosting;

namespace Kilometers.Http.Proxy;

/// <summary>Tells the user what clients often do not show, once for each kind.</summary>
internal sealed class FaultReports
{
    private int _unreachable;
    private int _signIn;

    /// <summary>The server cannot be reached.</summary>
    public void Unreachable(string server, string why)
    {
        if (Interlocked.Exchange(ref _unreachable, 1) == 0)
            Words.Say($"{server} cannot be reached: {why}. Clients get status 502 until it can", ErrorCode.ServerUnreachable);
    }

    /// <summary>The server wants a user to sign in, which a client cannot do here: the server's metadata names another address than ours.</summary>
    public void SignIn(string server)
    {
        if (Interlocked.Exchange(ref _signIn, 1) == 0)
            Words.Say(
                $"{server} asks for authorization. Pass a token: --header 'Authorization: Bearer ${{TOKEN}}'. Sign-in by the client does not work through km proxy",
                ErrorCode.SignInRequired
            );
    }
}
