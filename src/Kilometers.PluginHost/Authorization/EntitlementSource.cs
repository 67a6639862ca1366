using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;
using Kilometers.Files;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Api;

namespace Kilometers.PluginHost.Authorization;

/// <summary>
/// The user's entitlement: from the cache while that is young, else from the API. Of all km of the user one asks at a time, the others take
/// its answer. A refusal counts at once and for all; an outage leaves what there was, until the token's own end.
/// </summary>
internal sealed class EntitlementSource(EntitlementOptions options, TimeProvider time)
{
    /// <summary>After an outage the API is asked again no sooner than this.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly EntitlementCache _cache = new(options.CacheFile);

    /// <summary>Decisions taken, and those of them that the API was asked for: the cache's hit rate.</summary>
    public long Decisions => Volatile.Read(ref _decisions);

    public long Questions => Volatile.Read(ref _questions);

    private long _decisions;
    private long _questions;

    /// <summary>What is known without asking anybody.</summary>
    public EntitlementView Known() => View(_cache.Read());

    /// <summary>What holds now; asks the API if that is due.</summary>
    /// <param name="builds">The installed builds that name a customer.</param>
    /// <param name="force">Whether to ask however young the answer is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<EntitlementView> GetAsync(IReadOnlyList<InstalledBuild> builds, bool force, CancellationToken cancellationToken)
    {
        if (options.Account is null || options.Key is null) return EntitlementView.SignedOut;
        Interlocked.Increment(ref _decisions);
        var asked = time.GetUtcNow();
        var cached = _cache.Read();
        if (!force && !IsDue(cached, builds)) return View(cached);

        // Others may be asking already: their answer is ours.
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < options.Limit)
        {
            using (var held = TryLock())
            {
                if (held is not null)
                {
                    cached = _cache.Read();
                    var isAnswered = force ? cached is not null && cached.AskedAt >= asked.ToUnixTimeSeconds() + 1 : !IsDue(cached, builds);
                    return View(isAnswered ? cached : await AskAsync(cached, builds, cancellationToken).ConfigureAwait(false));
                }
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }

        return View(_cache.Read());
    }

    /// <summary>Nobody is signed in any more.</summary>
    public void Forget() => _cache.Delete();

    private bool IsDue(CachedEntitlement? cached, IReadOnlyList<InstalledBuild> builds)
    {
        if (cached is null || !IsOurs(cached)) return true;
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (now < cached.AskedAt) return true;
        var isAnswered = cached.AnsweredAt >= cached.AskedAt;
        if (!isAnswered) return now - cached.AskedAt >= Math.Min(RetryAfter.TotalSeconds, options.Refresh.TotalSeconds);
        return now - cached.AnsweredAt >= options.Refresh.TotalSeconds || !cached.Builds.SequenceEqual(Identities(builds));
    }

    private async Task<CachedEntitlement> AskAsync(CachedEntitlement? cached, IReadOnlyList<InstalledBuild> builds, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _questions);
        var account = options.Account!;
        if (cached is not null && !IsOurs(cached)) cached = null;
        var asked = time.GetUtcNow().ToUnixTimeSeconds();
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        CachedEntitlement next;
        try
        {
            using var api = new ApiClient(account.Endpoint, options.Key, options.CliVersion, options.Limit);
            var answer = await api.AuthenticateAsync(new EntitlementRequest { Nonce = nonce, CliVersion = options.CliVersion, Plugins = builds }, cancellationToken).ConfigureAwait(false);
            if (EntitlementToken.Verify(answer.Token, account.Issuer, account.IssuerKey) is not { } token || token.Nonce != nonce || token.CustomerId != account.CustomerId)
                throw new KmException(new KmError(ErrorCode.EntitlementInvalid, "The API's entitlement is not that of the issuer signed in with", account.Issuer, "Sign in again: km auth login"));
            next = new CachedEntitlement
            {
                KeyId = account.KeyId, Endpoint = account.Endpoint, Token = answer.Token, Builds = Identities(builds), AskedAt = asked, AnsweredAt = asked,
                Latest = Math.Max(token.IssuedAt, answer.ServerTime.ToUnixTimeSeconds()),
            };
        }
        catch (KmException e)
        {
            next = new CachedEntitlement
            {
                KeyId = account.KeyId, Endpoint = account.Endpoint, Builds = Identities(builds), AskedAt = asked,
                AnsweredAt = ApiClient.IsOutage(e.Error) ? Math.Min(cached?.AnsweredAt ?? 0, asked - 1) : asked,
                Token = ApiClient.IsOutage(e.Error) ? cached?.Token : null,
                Latest = Math.Max(cached?.Latest ?? 0, ApiClient.IsOutage(e.Error) ? 0 : asked),
                ErrorCode = e.Error.Code, Error = e.Error.Summary, Hint = e.Error.Hint,
            };
        }

        Write(next);
        return next;
    }

    private EntitlementView View(CachedEntitlement? cached)
    {
        if (options.Account is not { } account || options.Key is null) return EntitlementView.SignedOut;
        var view = new EntitlementView { State = EntitlementState.Denied, CustomerId = account.CustomerId, KeyId = account.KeyId };
        if (cached is null || !IsOurs(cached)) return view with { Error = new KmError(ErrorCode.NotSignedIn, "The API was not asked yet") };
        var error = cached.ErrorCode is null ? null : new KmError(cached.ErrorCode, cached.Error ?? "", Hint: cached.Hint);
        if (cached.Token is null || EntitlementToken.Verify(cached.Token, account.Issuer, account.IssuerKey) is not { } token || token.CustomerId != account.CustomerId)
            return view with { Error = error ?? new KmError(ErrorCode.EntitlementInvalid, "The entitlement that is cached is none") };

        var now = time.GetUtcNow();
        var state = EntitlementClock.StateOf(token, now, cached.Latest, cached.AnsweredAt >= cached.AskedAt);
        if (state != EntitlementState.Denied) return view with { State = state, Text = cached.Token, Token = token, Error = error };
        return view with
        {
            Error = now.ToUnixTimeSeconds() < token.ExpiresAt
                ? new KmError(ErrorCode.ClockSetBack, "This machine's clock is behind a time that was seen before", $"It says {now:u}.", "Correct the clock, or go online.")
                : new KmError(ErrorCode.EntitlementExpired, "The entitlement has expired and the API could not be reached", error?.Summary, "Check the connection: km auth status"),
        };
    }

    private bool IsOurs(CachedEntitlement cached) => cached.KeyId == options.Account!.KeyId && cached.Endpoint == options.Account.Endpoint;

    private Microsoft.Win32.SafeHandles.SafeFileHandle? TryLock()
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

    private static IReadOnlyList<string> Identities(IReadOnlyList<InstalledBuild> builds) => [.. builds.Select(build => $"{build.Name} {build.Version} {build.BuildId}").Order(StringComparer.Ordinal)];
}

/// <summary>Whose entitlement, and how often it is asked for.</summary>
internal sealed record EntitlementOptions
{
    /// <summary>Who is signed in; null: nobody.</summary>
    public Account? Account { get; init; }

    /// <summary>Their key; null: none is known.</summary>
    public ApiKey? Key { get; init; }

    public required string CliVersion { get; init; }

    /// <summary>The shared cache, a file that need not be there.</summary>
    public required string CacheFile { get; init; }

    /// <summary>How old an answer may be; 5 min by default, less in tests.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the API may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}
