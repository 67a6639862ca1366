namespace Kilometers.Entitlements.Tokens;

/// <summary>How an entitlement stands at a time. The zero value denies.</summary>
public enum EntitlementState
{
    /// <summary>Nothing that needs an entitlement may run.</summary>
    Denied = 0,

    /// <summary>Valid, and the last question to the API was answered.</summary>
    Fresh = 1,

    /// <summary>Valid, but the API could not be reached since.</summary>
    Stale = 2,

    /// <summary>Expired while the API could not be reached; counts on for the tier's time.</summary>
    Grace = 3,
}

/// <summary>
/// When an entitlement counts. Clocks are set back, by accident and on purpose: the latest time that was ever seen in a token or an answer of
/// the API is kept, and a clock that is behind it by more than 5 minutes gets nothing until the API has been asked again.
/// </summary>
public static class EntitlementClock
{
    /// <summary>How far a clock may be behind.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>How a token stands.</summary>
    /// <param name="token">A verified token; null: none.</param>
    /// <param name="now">This machine's clock.</param>
    /// <param name="latest">The latest time ever seen in tokens and answers, seconds since 1970; 0: none.</param>
    /// <param name="reachable">Whether the last question to the API was answered.</param>
    /// <returns>The state. An explicit denial by the API is not a token.</returns>
    public static EntitlementState StateOf(EntitlementToken? token, DateTimeOffset now, long latest, bool reachable)
    {
        if (token is null)
            return EntitlementState.Denied;
        var seconds = now.ToUnixTimeSeconds();
        if (seconds < Math.Max(latest, token.IssuedAt) - (long)Tolerance.TotalSeconds)
            return EntitlementState.Denied;
        if (seconds < token.ExpiresAt)
            return reachable ? EntitlementState.Fresh : EntitlementState.Stale;
        return seconds < token.OfflineUntil ? EntitlementState.Grace : EntitlementState.Denied;
    }
}
