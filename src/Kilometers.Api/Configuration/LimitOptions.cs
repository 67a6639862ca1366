namespace Kilometers.Api.Configuration;

/// <summary>What one client may take of the server.</summary>
internal sealed record LimitOptions
{
    /// <summary>The largest body, in bytes; endpoints that take more say so themselves.</summary>
    public required long BodyBytes { get; init; }

    /// <summary>The largest published release, in bytes.</summary>
    public required long ReleaseBytes { get; init; }

    public required int HeaderBytes { get; init; }

    public required int Connections { get; init; }

    /// <summary>Connections at once of one address; proxies that are trusted may have more.</summary>
    public required int AddressConnections { get; init; }

    /// <summary>In how long a request's headers must be there, and the first request of a connection.</summary>
    public required TimeSpan HeaderTimeout { get; init; }

    /// <summary>How slowly a body may come and an answer may be taken, in bytes per second after five seconds.</summary>
    public required int BytesPerSecond { get; init; }

    public required TimeSpan KeepAlive { get; init; }

    /// <summary>How long one request may take, downloads and publishing left out.</summary>
    public required TimeSpan Request { get; init; }

    /// <summary>After how long a build that does not end is given up, because its node is gone.</summary>
    public required TimeSpan Build { get; init; }

    public required RateOptions PerAddress { get; init; }

    public required RateOptions PerKey { get; init; }

    public static LimitOptions Read(Settings settings) =>
        new()
        {
            BodyBytes = settings.Number("Limits:BodyBytes", 1_000_000, 1_000, 100_000_000),
            ReleaseBytes = settings.Number("Limits:ReleaseBytes", 600_000_000, 1_000_000, 2_000_000_000),
            HeaderBytes = (int)settings.Number("Limits:HeaderBytes", 16_384, 4_096, 65_536),
            Connections = (int)settings.Number("Limits:Connections", 2_000, 1, 1_000_000),
            AddressConnections = (int)settings.Number("Limits:AddressConnections", 500, 1, 1_000_000),
            HeaderTimeout = settings.Seconds("Limits:HeaderSeconds", 10, 1, 300),
            BytesPerSecond = (int)settings.Number("Limits:BytesPerSecond", 240, 1, 1_000_000),
            KeepAlive = settings.Seconds("Limits:KeepAliveSeconds", 65, 1, 3_600),
            Request = settings.Seconds("Limits:RequestSeconds", 30, 1, 3_600),
            Build = settings.Seconds("Limits:BuildSeconds", 60, 5, 600),
            PerAddress = RateOptions.Read(settings, "Limits:Address", 100, 1_000),
            PerKey = RateOptions.Read(settings, "Limits:Key", 50, 500),
        };
}

/// <summary>A token bucket: a number of requests at once, and a number more each second.</summary>
internal sealed record RateOptions(int PerSecond, int Burst)
{
    public static RateOptions Read(Settings settings, string name, int perSecond, int burst) =>
        new((int)settings.Number(name + "PerSecond", perSecond, 1, 1_000_000), (int)settings.Number(name + "Burst", burst, 1, 10_000_000));
}

/// <summary>How long entitlements count.</summary>
internal sealed record EntitlementOptions
{
    public required TimeSpan Token { get; init; }

    /// <summary>How long a Pro customer's token counts on while the API cannot be reached.</summary>
    public required TimeSpan OfflinePro { get; init; }

    public required TimeSpan OfflineEnterprise { get; init; }

    public static EntitlementOptions Read(Settings settings) =>
        new()
        {
            Token = settings.Seconds("Entitlements:TokenSeconds", 600, 5, 3_600),
            OfflinePro = settings.Seconds("Entitlements:OfflineProSeconds", 72 * 3_600, 0, 90 * 86_400),
            OfflineEnterprise = settings.Seconds("Entitlements:OfflineEnterpriseSeconds", 30 * 86_400, 0, 365 * 86_400),
        };
}
