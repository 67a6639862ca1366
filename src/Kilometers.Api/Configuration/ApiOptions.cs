using System.Net;
using Kilometers.Contracts;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Kilometers.Api.Configuration;

/// <summary>How the server runs. docs/api.md has the table of all settings.</summary>
internal sealed record ApiOptions
{
    private const string EmbeddedName = "km-api.db";

    /// <summary>What belongs to this one node: the audit log, scratch files, and, unless named elsewhere, secrets and database.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Where it listens.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>The certificates for https addresses, PEM, the server's own first; null: the file of configuration has them, or a proxy.</summary>
    public required string? Certificate { get; init; }

    /// <summary>The key of the first, PEM; null: it is in the same file.</summary>
    public required string? CertificateKey { get; init; }

    /// <summary>What customers call it by: the issuer in tokens and seals.</summary>
    public required string PublicUrl { get; init; }

    /// <summary>Where customers upgrade their subscription; null: nowhere that km could name.</summary>
    public required string? UpgradeUrl { get; init; }

    /// <summary>Whether customers for development are made.</summary>
    public required bool IsDevelopment { get; init; }

    public required DatabaseOptions Database { get; init; }

    /// <summary>Whether the database is the file in the data folder: then starting migrates it.</summary>
    public required bool IsEmbeddedDatabase { get; init; }

    public required SecretPlaces Secrets { get; init; }

    /// <summary>Proxies whose X-Forwarded-For is believed.</summary>
    public required IReadOnlyList<IPAddress> TrustedProxies { get; init; }

    public required LimitOptions Limits { get; init; }

    public required LogOptions Log { get; init; }

    public required EntitlementOptions Entitlements { get; init; }

    public required EventOptions Events { get; init; }

    /// <summary>How long a download's address works.</summary>
    public required TimeSpan DownloadLife { get; init; }

    /// <summary>How long another node's change of a key or a customer may go unnoticed here.</summary>
    public required TimeSpan KeyCacheLife { get; init; }

    /// <summary>How long readiness says 503 before the server stops listening, so that balancers notice.</summary>
    public required TimeSpan DrainDelay { get; init; }

    /// <summary>How long requests in flight may take after that.</summary>
    public required TimeSpan DrainLimit { get; init; }

    /// <summary>The database in the data folder.</summary>
    public string EmbeddedFile => Path.Combine(DataFolder, EmbeddedName);

    /// <exception cref="KmException"><c>API_CFG_001</c>: a setting is not usable.</exception>
    public static ApiOptions Read(Settings settings, string dataFolder, string? urls, bool isDevelopment)
    {
        var data = Path.GetFullPath(dataFolder);
        var listening = ReadUrls(urls, settings);
        var connection = ReadConnection(settings);
        return new ApiOptions
        {
            DataFolder = data,
            Urls = listening,
            Certificate = settings.Text("Certificate"),
            CertificateKey = settings.Text("CertificateKey"),
            PublicUrl = ReadPublicUrl(settings, listening[0]),
            UpgradeUrl = ReadUpgradeUrl(settings),
            IsDevelopment =
                isDevelopment && listening.All(IsLoopback) ? true
                : !isDevelopment ? false
                : throw Settings.Fault(
                    "Urls",
                    "--dev makes customers whose keys are printed, so it listens on this machine only: http://127.0.0.1:PORT."
                ),
            Database = connection
                ?? new DatabaseOptions
                {
                    Provider = DatabaseProvider.Sqlite,
                    ConnectionString = $"Data Source={Path.Combine(data, EmbeddedName)}",
                },
            IsEmbeddedDatabase = connection is null,
            Secrets = SecretPlaces.Read(settings, data, isDevelopment),
            TrustedProxies =
            [
                .. settings
                    .Texts("TrustedProxies")
                    .Select(text =>
                        IPAddress.TryParse(text, out var address)
                            ? address
                            : throw Settings.Fault("TrustedProxies", $"'{text}' is not an IP address.")
                    ),
            ],
            Limits = LimitOptions.Read(settings),
            Log = LogOptions.Read(settings),
            Entitlements = EntitlementOptions.Read(settings),
            Events = EventOptions.Read(settings),
            DownloadLife = settings.Seconds("DownloadSeconds", 900, 5, 86_400),
            KeyCacheLife = settings.Seconds("KeyCacheSeconds", 5, 0, 300),
            DrainDelay = settings.Seconds("DrainDelaySeconds", connection is null ? 0 : 5, 0, 300),
            DrainLimit = settings.Seconds("DrainSeconds", 30, 1, 3_600),
        };
    }

    private static IReadOnlyList<string> ReadUrls(string? given, Settings settings)
    {
        var set = settings.Texts("Urls");
        IReadOnlyList<string> urls =
            given is not null ? given.Split(';', ',')
            : set.Count > 0 ? set
            : ["http://127.0.0.1:5080"];
        return
            urls.FirstOrDefault(url =>
                !IsHttp(url.Replace("//*", "//any", StringComparison.Ordinal).Replace("//+", "//any", StringComparison.Ordinal))
            )
                is { } wrong
            ? throw Settings.Fault("Urls", $"'{wrong}' is not an address like http://127.0.0.1:5080.")
            : urls;
    }

    private static string ReadPublicUrl(Settings settings, string usual)
    {
        var url = settings.Text("PublicUrl") ?? usual;
        return IsHttp(url) && url.All(c => c is > ' ' and <= '~')
            ? url.TrimEnd('/')
            : throw Settings.Fault(
                "PublicUrl",
                $"'{url}' is not an address like https://api.example.com. Every token and package contains it, so set it before you issue the first one."
            );
    }

    private static string? ReadUpgradeUrl(Settings settings) =>
        settings.Text("UpgradeUrl") is not { } url || (IsHttp(url) && url.Length <= 200 && url.All(c => c is > ' ' and <= '~'))
            ? settings.Text("UpgradeUrl")
            : throw Settings.Fault("UpgradeUrl", $"'{url}' is not an address like https://example.com/upgrade.");

    private static DatabaseOptions? ReadConnection(Settings settings)
    {
        var provider = settings.Text("Database:Provider")?.ToLowerInvariant() switch
        {
            null or "sqlite" => DatabaseProvider.Sqlite,
            "postgresql" => DatabaseProvider.PostgreSql,
            var other => throw Settings.Fault("Database:Provider", $"It is '{other}', and must be sqlite or postgresql."),
        };
        var text = settings.Text("Database:ConnectionString");
        if (settings.Text("Database:ConnectionStringFile") is { } file)
            text = text is null
                ? SecretPlaces.ReadText("Database:ConnectionStringFile", file)
                : throw Settings.Fault("Database:ConnectionStringFile", "Give it or Database:ConnectionString, not both.");
        if (text is not null)
            return new DatabaseOptions { Provider = provider, ConnectionString = Checked(provider, text) };
        return provider == DatabaseProvider.Sqlite
            ? null
            : throw Settings.Fault("Database:ConnectionString", "PostgreSQL needs one, like Host=db;Database=km;Username=km.");
    }

    private static string Checked(DatabaseProvider provider, string connection)
    {
        try
        {
            return provider == DatabaseProvider.PostgreSql
                ? new NpgsqlConnectionStringBuilder(connection).ConnectionString
                : new SqliteConnectionStringBuilder(connection).ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // What it says is not shown: it may be a password.
            throw Settings.Fault(
                "Database:ConnectionString",
                provider == DatabaseProvider.PostgreSql
                    ? "It is not like Host=db;Database=km;Username=km."
                    : "It is not like Data Source=/var/lib/km-api/km.db."
            );
        }
    }

    private static bool IsHttp(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    private static bool IsLoopback(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IsLoopback;
}
