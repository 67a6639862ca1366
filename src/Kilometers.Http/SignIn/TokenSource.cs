using System.Net;
using Kilometers.Contracts;

namespace Kilometers.Http.SignIn;

/// <summary>
/// The token for a server: km keeps it, renews it, and has the user sign in for it. Safe for use by several threads, and beside other processes
/// of the user: one renews or asks, the others take what it got.
/// </summary>
internal sealed class TokenSource : IDisposable
{
    private const string RefreshLock = "refresh";
    private const string BrowserLock = "browser";
    private static readonly TimeSpan RenewAhead = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly SignInOptions _options;
    private readonly SignInMemory _memory;
    private readonly TimeProvider _time;
    private readonly BrowserSignIn _browser;
    private readonly CancellationTokenSource _over = new();
    private readonly SemaphoreSlim _gate = new(1);
    private Task? _asking;
    private Task<bool>? _renewing;
    private KmException? _refusal;

    // Tokens that no request has proven good yet, by how they came.
    private string? _renewed;
    private string? _asked;

    /// <param name="server">The server.</param>
    /// <param name="options">How to sign in.</param>
    /// <param name="memory">What is kept.</param>
    /// <param name="time">The clock.</param>
    public TokenSource(Uri server, SignInOptions options, SignInMemory memory, TimeProvider time)
    {
        _name = Observing.SessionSettings.WithoutSecrets(server);
        (_options, _memory, _time) = (options, memory, time);
        _browser = new BrowserSignIn(server, options, time);
    }

    /// <summary>The token for the next request.</summary>
    /// <returns>Null if there is none.</returns>
    public async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        var signIn = await _memory.ReadAsync(isFresh: false, cancellationToken).ConfigureAwait(false);
        if (signIn is not { RefreshToken: not null, Expires: { } expires })
            return signIn?.AccessToken;
        if (DateTimeOffset.FromUnixTimeSeconds(expires) - _time.GetUtcNow() > RenewAhead || signIn.AccessToken == _renewed)
            return signIn.AccessToken;
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await TryRenewAsync(signIn.AccessToken, cancellationToken).ConfigureAwait(false);
            return (await _memory.ReadAsync(isFresh: false, cancellationToken).ConfigureAwait(false))?.AccessToken;
        }
        catch (KmException)
        {
            // The server may still take the old one.
            return signIn.AccessToken;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Looks at an answer, and gets another token if it asks for one.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="used">The token of the request; null: none.</param>
    /// <param name="mayAsk">Whether the user may be asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether the request should be sent again.</returns>
    /// <exception cref="KmException">The user is not signed in, and why.</exception>
    public async Task<bool> TakeAsync(HttpResponseMessage response, string? used, bool mayAsk, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            return await RenewAsync(Challenge.Read(response), used, mayAsk, cancellationToken).ConfigureAwait(false);
        if (used is not null && used == _renewed)
            _renewed = null;
        if (used is not null && used == _asked)
            _asked = null;
        if (response.StatusCode != HttpStatusCode.Forbidden || used is null || !mayAsk)
            return false;
        var challenge = Challenge.Read(response);
        return challenge.WantsMoreScopes && await WidenAsync(challenge, used, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
        _gate.Dispose();
    }

    private async Task<bool> RenewAsync(Challenge challenge, string? used, bool mayAsk, CancellationToken cancellationToken)
    {
        Task asking;
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var known = await _memory.ReadAsync(isFresh: true, cancellationToken).ConfigureAwait(false);
            if (known is not null && known.AccessToken != used)
                return true;
            if (used is not null && used == _asked)
                throw SignInFaults.Failed(_name, "The server does not accept the token that its authorization server issued");
            if (used is not null && used != _renewed && await TryRenewAsync(used, cancellationToken).ConfigureAwait(false))
                return true;
            if (!mayAsk)
                return false;
            asking = AskAsync(challenge, used, known?.Scope);
        }
        finally
        {
            _gate.Release();
        }

        return await WaitAsync(asking, used, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The token is good, but not for this request.</summary>
    private async Task<bool> WidenAsync(Challenge challenge, string used, CancellationToken cancellationToken)
    {
        Task asking;
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var known = await _memory.ReadAsync(isFresh: true, cancellationToken).ConfigureAwait(false);
            if (known is not null && known.AccessToken != used)
                return true;

            // To ask for the same again would only open the browser again.
            if (!challenge.Scopes.Except(Challenge.Split(known?.Scope), StringComparer.Ordinal).Any())
                throw SignInFaults.Failed(
                    _name,
                    $"It wants permissions that were requested and not granted: {SignInFaults.Clean(string.Join(' ', challenge.Scopes))}",
                    "Sign in as a user who has them: km auth logout --server URL, and try again"
                );
            asking = AskAsync(challenge, used, known?.Scope);
        }
        finally
        {
            _gate.Release();
        }

        return await WaitAsync(asking, used, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the user, but not for longer than a client waits for its answer. The sign-in itself continues.</summary>
    private async Task<bool> WaitAsync(Task asking, string? used, CancellationToken cancellationToken)
    {
        try
        {
            await asking.WaitAsync(_options.Wait, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw SignInFaults.Waiting(_name);
        }

        return await _memory.ReadAsync(isFresh: false, cancellationToken).ConfigureAwait(false) is { } known && known.AccessToken != used;
    }

    /// <summary>Renews a token, once for all who wait. The gate is held.</summary>
    private async Task<bool> TryRenewAsync(string used, CancellationToken cancellationToken)
    {
        // Once sent, the old refresh token may be void: what comes for it must not be lost because a client is impatient.
        if (_renewing is not { IsCompleted: false })
            _renewing = Task.Run(() => RenewOnceAsync(used));
        return await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Renews a token, unless another process has done that.</summary>
    private async Task<bool> RenewOnceAsync(string used)
    {
        using var held = await _memory.LockAsync(RefreshLock, _over.Token).ConfigureAwait(false);
        if (await _memory.ReadAsync(isFresh: true, _over.Token).ConfigureAwait(false) is not { } known)
            return false;
        if (known.AccessToken != used)
            return true;
        if (known.RefreshToken is null)
            return false;
        if (await _browser.RefreshAsync(known, _over.Token).ConfigureAwait(false) is not { } renewed)
        {
            await _memory.SaveAsync(known with { RefreshToken = null }).ConfigureAwait(false);
            return false;
        }

        await _memory.SaveAsync(renewed).ConfigureAwait(false);
        _renewed = renewed.AccessToken;
        return true;
    }

    /// <summary>Has the user asked, once for all who wait. The gate is held.</summary>
    private Task AskAsync(Challenge challenge, string? used, string? scope)
    {
        if (_refusal is { } refusal)
            throw refusal;
        return _asking is { IsCompleted: false } ? _asking : _asking = Task.Run(() => SignInAsync(challenge, used, scope));
    }

    private async Task SignInAsync(Challenge challenge, string? used, string? scope)
    {
        using var held = await _memory.LockAsync(BrowserLock, _over.Token).ConfigureAwait(false);

        // Another process may have asked while this one waited.
        var known = await _memory.ReadAsync(isFresh: true, _over.Token).ConfigureAwait(false);
        if (
            known is not null
            && known.AccessToken != used
            && !challenge.Scopes.Except(Challenge.Split(known.Scope), StringComparer.Ordinal).Any()
        )
            return;
        try
        {
            var earlier = Challenge.Split(known?.Scope ?? scope);
            if (await _browser.RunAsync(challenge, earlier, _over.Token).ConfigureAwait(false) is not { } signIn)
                return;
            using var writing = await _memory.LockAsync(RefreshLock, _over.Token).ConfigureAwait(false);
            await _memory.SaveAsync(signIn).ConfigureAwait(false);
            _asked = signIn.AccessToken;
        }
        catch (KmException e) when (e.Error.Code == ErrorCode.SignInDenied)
        {
            // Each further message would open the browser again.
            _refusal = e;
            throw;
        }
    }
}
