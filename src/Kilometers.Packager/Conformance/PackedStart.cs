using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.GoPlugin.Client;
using Kilometers.Packaging.Building;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Sharing;

namespace Kilometers.Packager.Conformance;

/// <summary>
/// Starts what was packed and asks who it is: a package of a plugin that cannot be executed, or is not what its manifest says, would fail on
/// every machine that installs it. One that starts and then fails may need something that this machine does not have. What its author should know
/// beyond that, <see cref="ConformanceTest"/> finds.
/// </summary>
internal static class PackedStart
{
    /// <summary>As long as km waits for a plugin's handshake, and for an answer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private const string Hint = "Correct it and pack again. To pack it all the same: --no-start";

    private const string WarningHint =
        "In a session it would fail like this. Correct it and pack again; kmpkg test tells more. To refuse such a plugin: --must-start";

    /// <summary>Unpacks, starts, asks and ends it.</summary>
    /// <param name="draft">What was packed for this machine.</param>
    /// <param name="payload">Its payload, from the beginning; stands there again afterwards.</param>
    /// <param name="mustStart">Whether one that starts and then fails is refused, too.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up, and ends the plugin.</param>
    /// <returns>Who it says it is, or why it failed.</returns>
    /// <exception cref="KmException">km would refuse it.</exception>
    public static async Task<(string? Said, KmError? Failure)> TryAsync(
        PackageDraft draft,
        Stream payload,
        bool mustStart,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var manifest = draft.Manifest;
        using var host = new TestHost(Limit, isGuarded: true, time);
        var folder = host.Launcher.CreateRunDirectory();
        draft.Unpack(payload, folder, cancellationToken);
        payload.Position = 0;
        try
        {
            var plugin = await RunningPlugin
                .StartAsync(host, Path.Combine(folder, manifest.Entrypoint), PluginSession.Versions, cancellationToken)
                .ConfigureAwait(false);
            await using (plugin.ConfigureAwait(false))
            {
                var said = await plugin.Session.DescribeAsync(cancellationToken).ConfigureAwait(false);
                if (Contradiction(said, manifest) is { } detail)
                    throw Refused("is not what its manifest says", detail);
                return ($"{said.Name} {said.Version}, {said.RequiredTier}, contract {plugin.Client.ProtocolVersion}", null);
            }
        }
        catch (GoPluginException e)
        {
            var isForeign = e.Failure is GoPluginFailure.NotFound or GoPluginFailure.NotExecutable;
            return Failed(LaunchErrors.From(manifest.Name, e), isRefused: mustStart || isForeign);
        }
        catch (RpcException e)
        {
            return Failed(Refused("does not say who it is", $"{e.StatusCode}: {e.Status.Detail}").Error, isRefused: mustStart);
        }

        KmException Refused(string what, string detail) =>
            new(new KmError(ErrorCode.PackageSource, $"Plugin '{manifest.Name}' {what}", detail, Hint));
    }

    private static (string? Said, KmError? Failure) Failed(KmError error, bool isRefused) =>
        isRefused ? throw new KmException(error with { Hint = Hint }) : (null, error with { Hint = WarningHint });

    private static string? Contradiction(SelfDescription said, PluginManifest manifest)
    {
        if (PluginIdentity.Check(manifest.Name, said, manifest) is not null)
            return $"The manifest says {manifest.Name} {manifest.Version}, the program {said.Name} {said.Version}.";
        if (!TierText.TryParse(said.RequiredTier, out var tier))
            return $"Its tier is '{said.RequiredTier}', which is not Free, Pro or Enterprise.";
        return TierText.TryParse(manifest.RequiredTier, out var packed) && tier > packed
            ? $"It requires the {tier} tier, and the package is for {packed}."
            : null;
    }
}
