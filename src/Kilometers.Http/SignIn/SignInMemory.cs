using Kilometers.Contracts;
using Kilometers.Credentials;
using Kilometers.Link.Hosting;

namespace Kilometers.Http.SignIn;

/// <summary>The sign-in to one server, in memory and in the user's store. Without a store, or if it fails, it lasts for this session.</summary>
/// <param name="server">The server.</param>
/// <param name="client">The client that the user named; null: none.</param>
/// <param name="store">The store; null: there is none.</param>
/// <param name="time">The clock.</param>
internal sealed class SignInMemory(Uri server, string? client, SignInStore? store, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private readonly SignInKey _key = SignInStore.KeyOf(server, client);
    private Credentials.SignIn? _known;
    private bool _wasRead;
    private bool _hasFailed;

    /// <summary>What is known.</summary>
    /// <param name="isFresh">Whether another process may have changed it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<Credentials.SignIn?> ReadAsync(bool isFresh, CancellationToken cancellationToken)
    {
        if (store is null || _hasFailed || (_wasRead && !isFresh))
            return _known;

        // A key store is a program, which takes its time.
        var found = await Task.Run(() => Try(() => store.Find(_key)), cancellationToken).ConfigureAwait(false);
        if (!_hasFailed)
            (_known, _wasRead) = (found, true);
        return _known;
    }

    /// <summary>Keeps it.</summary>
    public async Task SaveAsync(Credentials.SignIn signIn)
    {
        _known = signIn;
        if (store is not null && !_hasFailed)
            await Task.Run(() =>
                    Try(() =>
                    {
                        store.Save(_key, signIn);
                        return signIn;
                    })
                )
                .ConfigureAwait(false);
    }

    /// <summary>Waits until no other process of the user has the lock, and takes it.</summary>
    /// <returns>Gives it back; null if there can be no lock.</returns>
    public async Task<IDisposable?> LockAsync(string purpose, CancellationToken cancellationToken)
    {
        while (store is not null && !_hasFailed)
        {
            try
            {
                if (store.TryLock(_key, purpose) is { } held)
                    return held;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Report(e.Message);
                return null;
            }

            await Task.Delay(LookInterval, time, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private Credentials.SignIn? Try(Func<Credentials.SignIn?> action)
    {
        try
        {
            return action();
        }
        catch (KmException e)
        {
            Report($"{e.Error.Summary}: {e.Error.Detail}");
            return null;
        }
    }

    private void Report(string why)
    {
        _hasFailed = true;
        RelayErrors.Write($"Your sign-in is kept for this session only. {why}", ErrorCode.CredentialStore);
    }
}
