using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;
using Kilometers.Files;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Api;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.PluginHost.Authorization;

/// <summary>How often and how long the API is asked.</summary>
internal sealed record EntitlementOptions
{
    public required string CliVersion { get; init; }

    /// <summary>The shared cache, a file that need not be there.</summary>
    public required string CacheFile { get; init; }

    /// <summary>How old an answer may be; 5 min by default, less in tests.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the API may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// The user's entitlement: from the cache while that is young, else from the API. Of all km of the user one asks at a time, the others take
/// its answer. A refusal counts at once and for all; an outage leaves what there was, until the token's own end.
/// </summary>
internal sealed class EntitlementSource(AccountAccess access, EntitlementOptions options, TimeProvider time)
{
    /// <summary>After an outage the API is asked again no sooner than this.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly EntitlementCache _cache = new(options.CacheFile);

    public TimeSpan Refresh => options.Refresh;

    /// <summary>The API's address.</summary>
    public string Endpoint => access.Endpoint;

    /// <summary>What is known without asking anybody.</summary>
    /// <exception cref="KmException">Settings or account cannot be read.</exception>
    public EntitlementView Known() =>
        access.MaySignIn && access.Known() is { } account ? View(account, _cache.Read()) : EntitlementView.SignedOut;

    /// <summary>What holds now; asks the API if that is due.</summary>
    /// <param name="builds">The installed builds that name a customer.</param>
    /// <param name="force">Whether to ask however young the answer is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KmException">Settings, account or key cannot be read. What the API says is in the view.</exception>
    public async Task<EntitlementView> GetAsync(IReadOnlyList<InstalledBuild> builds, bool force, CancellationToken cancellationToken)
    {
        if (!access.MaySignIn)
            return EntitlementView.SignedOut;
        var wanted = Identities(builds);
        if (!force && access.Known() is { } account && _cache.Read() is { } cached && !IsDue(account, cached, wanted))
            return View(account, cached);

        // Others may be asking already: their answer is ours.
        var before = _cache.Read()?.Number;
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < options.Limit)
        {
            using (var held = TryLock())
            {
                if (held is not null)
                {
                    cached = _cache.Read();
                    var isAnswered =
                        cached is not null
                        && access.Known() is { } known
                        && !IsDue(known, cached, wanted)
                        && (!force || cached.Number != before);
                    return isAnswered
                        ? View(access.Known()!, cached)
                        : await AskAsync(cached, builds, cancellationToken).ConfigureAwait(false);
                }
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }

        return Known();
    }

    private bool IsDue(Account account, CachedEntitlement cached, IReadOnlyList<string> wanted)
    {
        if (!cached.IsOf(account))
            return true;
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (now < cached.AskedAt)
            return true;
        if (!cached.IsAnswered)
            return now - cached.AskedAt >= Math.Min(RetryAfter.TotalSeconds, options.Refresh.TotalSeconds);

        // A little less than the interval: who looks a moment before it would else find out only an interval later.
        return now - cached.AnsweredAt >= options.Refresh.TotalSeconds * 0.8 || !cached.Builds.SequenceEqual(wanted);
    }

    private async Task<EntitlementView> AskAsync(
        CachedEntitlement? cached,
        IReadOnlyList<InstalledBuild> builds,
        CancellationToken cancellationToken
    )
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var asked = time.GetUtcNow().ToUnixTimeSeconds();
        Account? account = null;
        CachedEntitlement next;
        try
        {
            if (await access.OpenAsync(options.Limit, cancellationToken).ConfigureAwait(false) is not var (opened, key))
                return EntitlementView.SignedOut;
            account = opened;
            if (cached is not null && !cached.IsOf(account))
                cached = null;
            using var api = new ApiClient(account.Endpoint, key, options.CliVersion, options.Limit);
            var answer = await api.AuthenticateAsync(
                    new EntitlementRequest
                    {
                        Nonce = nonce,
                        CliVersion = options.CliVersion,
                        Plugins = builds,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            next = Accept(account, answer, nonce) with { Builds = Identities(builds), AskedAt = asked, AnsweredAt = asked };
        }
        catch (KmException e) when (account is not null || access.Known() is not null)
        {
            account ??= access.Known()!;
            if (cached is not null && !cached.IsOf(account))
                cached = null;
            next = (
                IsOutage(e.Error)
                    ? cached ?? CachedEntitlement.Empty(account)
                    : CachedEntitlement.Empty(account) with
                    {
                        Latest = cached?.Latest ?? 0,
                        AnsweredAt = asked,
                    }
            ) with
            {
                Builds = Identities(builds),
                AskedAt = asked,
                ErrorCode = e.Error.Code,
                Error = e.Error.Summary,
                Hint = e.Error.Hint,
            };
            if (IsOutage(e.Error) && next.AnsweredAt >= asked)
                next = next with { AnsweredAt = asked - 1 };
        }
        catch (KmException e)
        {
            return EntitlementView.SignedOut with { Error = e.Error };
        }

        next = next with { Number = (cached?.Number ?? 0) + 1 };
        Write(next);
        return View(account, next) with { WasAsked = true };
    }

    /// <summary>A key store that does not open now is not a refusal of anybody.</summary>
    private static bool IsOutage(KmError error) => ApiClient.IsOutage(error) || error.Code == ErrorCode.CredentialStore;

    /// <summary>A token counts only if it is the answer to our question, for our customer, by the issuer signed in with.</summary>
    private static CachedEntitlement Accept(Account account, EntitlementAnswer answer, string nonce)
    {
        byte[] issuerKey;
        try
        {
            issuerKey = Convert.FromBase64String(answer.IssuerKey);
        }
        catch (FormatException)
        {
            issuerKey = [];
        }

        if (
            EntitlementToken.Verify(answer.Token, account.Issuer, issuerKey) is not { } token
            || token.Nonce != nonce
            || token.CustomerId != account.CustomerId
        )
            throw new KmException(
                new KmError(
                    ErrorCode.EntitlementInvalid,
                    "The API's entitlement is not one of the issuer signed in with",
                    account.Issuer,
                    "Sign in again: km auth login"
                )
            );
        return CachedEntitlement.Empty(account) with
        {
            Token = answer.Token,
            IssuerKey = issuerKey,
            Latest = Math.Max(token.IssuedAt, answer.ServerTime.ToUnixTimeSeconds()),
        };
    }

    private EntitlementView View(Account account, CachedEntitlement? cached)
    {
        var view = new EntitlementView
        {
            State = EntitlementState.Denied,
            CustomerId = account.CustomerId,
            KeyId = account.KeyId,
            UpgradeUrl = account.UpgradeUrl,
        };
        if (cached is null || !cached.IsOf(account))
            return view with { Error = new KmError(ErrorCode.NotSignedIn, "The API was not asked yet") };
        var error = cached.ErrorCode is null ? null : new KmError(cached.ErrorCode, cached.Error ?? "", Hint: cached.Hint);
        if (
            cached.Token is null
            || EntitlementToken.Verify(cached.Token, account.Issuer, cached.IssuerKey ?? []) is not { } token
            || token.CustomerId != account.CustomerId
        )
            return view with { Error = error ?? new KmError(ErrorCode.EntitlementInvalid, "The cached entitlement is invalid") };

        var now = time.GetUtcNow();
        var state = EntitlementClock.StateOf(token, now, cached.Latest, cached.IsAnswered);
        if (state != EntitlementState.Denied)
            return view with { State = state, Text = cached.Token, Token = token, Error = error };
        return view with
        {
            Error =
                now.ToUnixTimeSeconds() < token.ExpiresAt
                    ? new KmError(
                        ErrorCode.ClockSetBack,
                        "This machine's clock is behind a time that was seen before",
                        $"It says {now:u}.",
                        "Correct the clock, or go online."
                    )
                    : new KmError(
                        ErrorCode.EntitlementExpired,
                        "The entitlement has expired and the API could not be reached",
                        error?.Summary,
                        "Check the connection: km auth status"
                    ),
        };
    }

    private SafeFileHandle? TryLock()
    {
        PrivateFile.CreateDirectory(Path.GetDirectoryName(options.CacheFile)!);
        return PrivateFile.TryLock(options.CacheFile + ".lock");
    }

    private void Write(CachedEntitlement next)
    {
        try
        {
            _cache.Write(next);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next km asks again.
        }
    }

    private static List<string> Identities(IReadOnlyList<InstalledBuild> builds) =>
        [.. builds.Select(build => $"{build.Name} {build.Version} {build.BuildId}").Order(StringComparer.Ordinal)];
}
