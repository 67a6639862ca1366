using System.Globalization;
using Kilometers.Contracts;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Updates;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>Whether the API answers, by which proxy, whether there is a newer km, and whether the clocks agree. One question, without a key.</summary>
internal sealed class ApiCheck : IDoctorCheck
{
    /// <summary>A clock that is further behind grants nothing (docs/accounts.md).</summary>
    private static readonly TimeSpan MaxClockDifference = TimeSpan.FromMinutes(5);

    public string Name => "API";

    public Prerequisites Needs => Prerequisites.Settings;

    public async Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken)
    {
        if (context.IsOffline)
            return [Finding.NotChecked("not asked: --offline")];
        var endpoint = context.Command.Account().Endpoint;
        var route = Route(endpoint);
        using var api = new ApiClient(endpoint, key: null, RootCommandLine.Version, context.ApiLimit);
        KmError? error = null;
        var version = RootCommandLine.Version;
        string? newer = null;
        try
        {
            var offered = (await api.KmReleasesAsync(HostPolicy.Platform, cancellationToken).ConfigureAwait(false)).Releases;
            newer = ReleaseChoice.Choose(offered, version, wanted: null, allowDowngrade: true)?.Version;
        }
        catch (KmException e)
        {
            error = e.Error;
        }

        var found = new List<Finding>
        {
            error is null
                ? Finding.Ok($"{endpoint} answers", route)
                : Finding.Of(error, Severity.Warning) with
                {
                    Detail = string.Join('\n', new[] { error.Detail, route }.OfType<string>()),
                },
        };
        if (newer is not null)
            found.Add(
                Finding.Warning($"km {newer} is available; this is km {version}", hint: "To update: km update, or with what installed km")
            );
        if (api.AnsweredAt is { } there)
            found.Add(Clock(context.Command.Time.GetUtcNow() - there));
        return found;
    }

    internal static Finding Clock(TimeSpan ahead) =>
        ahead.Duration() <= MaxClockDifference
            ? Finding.Ok("the clock agrees with the API's")
            : new Finding
            {
                Severity = Severity.Error,
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"The clock is {ahead.Duration().TotalMinutes:0} min {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the API's"
                ),
                Detail = "Signatures, certificates and entitlements are judged by the clock.",
                Hint = "Set the clock, and keep it right with NTP.",
            };

    /// <summary>The proxy, without the password that may be in its address.</summary>
    private static string? Route(string endpoint)
    {
        var url = new Uri(endpoint);
        if (
            url.Scheme != Uri.UriSchemeHttps
            || HttpClient.DefaultProxy.IsBypassed(url)
            || HttpClient.DefaultProxy.GetProxy(url) is not { } proxy
        )
            return null;
        return $"by the proxy {proxy.Scheme}://{proxy.Host}:{proxy.Port.ToString(CultureInfo.InvariantCulture)}";
    }
}
