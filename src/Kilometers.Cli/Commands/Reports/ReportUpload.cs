using Kilometers.Analytics;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Witnessing;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>
/// <c>km report --upload</c>: sends figures to the API. km does it, by the user's command and with the user's key, so that analytics itself
/// needs no network (docs/adr/0016-figures-uploaded-by-km.md).
/// </summary>
internal static class ReportUpload
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Sends the hours from a time on. What was sent before is replaced.</summary>
    /// <exception cref="KmException">There are no figures, nobody is signed in, or what the API says.</exception>
    public static async Task<UploadListing> SendAsync(CommandContext context, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // An hour is replaced with its alarms: those before the time belong to it, too.
        since = HourKey.TimeOf(HourKey.HourOf(since));
        var (figures, anomalies) = ReportAccess.Use(context, reader => (reader.Hourly(since), reader.Anomalies(new() { Since = since })));
        var (account, key) = await context.Account().OpenAsync(Limit, cancellationToken).ConfigureAwait(false)
            ?? throw new KmException(
                new KmError(ErrorCode.NotSignedIn, "Uploading figures needs an account", Hint: "Sign in: km auth login")
            );
        using var api = new ApiClient(account.Endpoint, key, RootCommandLine.Version, Limit);
        var sum = new UploadListing(account.Endpoint, since, 0, 0, 0, 0, 0);
        foreach (var batch in FigureBatches.Of(Installation.Id(context.Paths.Home), figures, anomalies))
        {
            var result = await api.StoreInsightsAsync(batch, cancellationToken).ConfigureAwait(false);
            sum = sum with
            {
                Hours = sum.Hours + result.Hours,
                Figures = sum.Figures + result.Figures,
                Alarms = sum.Alarms + result.Alarms,
                AlarmsRefused = sum.AlarmsRefused + result.AlarmsRefused,
                HoursTooOld = sum.HoursTooOld + result.HoursTooOld,
            };
        }

        return sum;
    }

    /// <summary>What was sent, in words.</summary>
    public static string Describe(UploadListing sent)
    {
        var text =
            $"Uploaded {Units.Many(sent.Figures, "figure")} of {Units.Many(sent.Hours, "hour")} and {Units.Many(sent.Alarms, "alarm")} to {TerminalText.Line(sent.Endpoint)}";
        if (sent.AlarmsRefused > 0)
            text += $". {Units.Many(sent.AlarmsRefused, "alarm")} not taken: alarms are part of Enterprise";
        if (sent.HoursTooOld > 0)
            text += $". {Units.Many(sent.HoursTooOld, "hour")} not taken: older than your subscription keeps";
        return text;
    }
}

/// <summary>What <c>km report --upload --json</c> prints. Members are added, never changed.</summary>
/// <param name="Endpoint">The API.</param>
/// <param name="Since">From the hour of this time on.</param>
/// <param name="Hours">How many hours are stored.</param>
/// <param name="Figures">How many figures they have.</param>
/// <param name="Alarms">How many alarms are stored.</param>
/// <param name="AlarmsRefused">How many were not taken, because the subscription does not include them.</param>
/// <param name="HoursTooOld">How many hours were not taken, because they are older than the subscription keeps.</param>
internal sealed record UploadListing(
    string Endpoint,
    DateTimeOffset Since,
    int Hours,
    int Figures,
    int Alarms,
    int AlarmsRefused,
    int HoursTooOld
);
