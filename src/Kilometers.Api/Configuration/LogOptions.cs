namespace Kilometers.Api.Configuration;

/// <summary>What the server writes to its standard output while it runs.</summary>
internal sealed record LogOptions
{
    /// <summary>One JSON object a line; else one line of text.</summary>
    public required bool IsJson { get; init; }

    /// <summary>The lowest level that is written.</summary>
    public required LogLevel Level { get; init; }

    public static LogOptions Read(Settings settings) =>
        new()
        {
            IsJson = settings.Text("Log:Format")?.ToLowerInvariant() switch
            {
                null or "text" => false,
                "json" => true,
                var other => throw Settings.Fault("Log:Format", $"It is '{other}', and must be text or json."),
            },
            Level = settings.Text("Log:Level")?.ToLowerInvariant() switch
            {
                null or "information" => LogLevel.Information,
                "debug" => LogLevel.Debug,
                "warning" => LogLevel.Warning,
                "error" => LogLevel.Error,
                var other => throw Settings.Fault("Log:Level", $"It is '{other}', and must be debug, information, warning or error."),
            },
        };

    public void Apply(ILoggingBuilder logging)
    {
        const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        logging.ClearProviders().SetMinimumLevel(Level);
        if (IsJson)
            logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, Time.Trim()));
        else
            logging.AddSimpleConsole(console =>
                (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, Time)
            );

        // What fails in the database is thrown to us, and some of it, like a duplicate row, is how nodes agree. Why the server cannot start is
        // said once, by the command line; what a request does to Kestrel, by RequestLog.
        logging
            .AddFilter("Microsoft", Level > LogLevel.Warning ? Level : LogLevel.Warning)
            .AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None);
    }
}
