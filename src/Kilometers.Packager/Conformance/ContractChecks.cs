using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Launch;

namespace Kilometers.Packager.Conformance;

/// <summary>All checks of one contract version, on one process of the plugin: from its handshake to its end.</summary>
internal sealed class ContractChecks
{
    /// <summary>The first contract in which a process can serve many sessions.</summary>
    private const int FirstWithSessions = 2;

    private static readonly string[] AfterHandshake =
    [
        CheckName.Describe,
        CheckName.Authenticate,
        CheckName.Initialize,
        CheckName.Session,
        CheckName.Malformed,
        CheckName.Shutdown,
    ];

    private readonly CheckList _list;
    private readonly TestedPlugin _tested;
    private readonly TestHost _host;
    private readonly int _contract;
    private bool _isInitialized;

    public ContractChecks(CheckList list, TestedPlugin tested, TestHost host, int contract)
    {
        _list = list;
        _tested = tested;
        _host = host;
        _contract = contract;
    }

    /// <summary>Whether the plugin speaks this version; false also if it did not start.</summary>
    public bool IsSpoken { get; private set; }

    /// <summary>Why the plugin did not start, if it did not for another reason than its version.</summary>
    public GoPluginException? StartFailure { get; private set; }

    /// <param name="isLast">Whether no other version was found, so that this one must be it.</param>
    /// <param name="cancellationToken">Ends the checks and the plugin.</param>
    public async Task RunAsync(bool isLast, CancellationToken cancellationToken)
    {
        RunningPlugin? plugin = null;
        await _list
            .RunAsync(CheckName.Handshake, _contract, async () =>
            {
                try
                {
                    plugin = await RunningPlugin
                        .StartAsync(_host, _tested.Executable, [_contract], cancellationToken)
                        .ConfigureAwait(false);
                    IsSpoken = true;
                    return Finding.Pass($"contract {_contract}, gRPC with AutoMTLS");
                }
                catch (GoPluginException e)
                {
                    return NotStarted(e, isLast);
                }
            })
            .ConfigureAwait(false);
        if (StartFailure is not null)
            _list.Skip(
                _contract,
                "it did not start",
                _contract < FirstWithSessions ? AfterHandshake : [.. AfterHandshake, CheckName.Sessions]
            );
        if (plugin is null)
            return;

        await using (plugin.ConfigureAwait(false))
            await RunAsync(plugin, cancellationToken).ConfigureAwait(false);
        if (_contract >= FirstWithSessions)
            await CheckSharingAsync(plugin, cancellationToken).ConfigureAwait(false);
    }

    private async Task CheckSharingAsync(RunningPlugin plugin, CancellationToken cancellationToken)
    {
        var why =
            plugin.Description is not { } description ? "it could not be described"
            : !description.ServesSessions ? "it has a process for each session"
            : !_isInitialized ? "it is not initialized"
            : null;
        if (why is not null)
            _list.Skip(_contract, why, CheckName.Sessions);
        else
            await _list
                .RunAsync(CheckName.Sessions, _contract, () => SharingChecks.SessionsAsync(_tested, _host, _contract, cancellationToken))
                .ConfigureAwait(false);
    }

    private Finding NotStarted(GoPluginException e, bool isLast)
    {
        if (e.Failure == GoPluginFailure.UnsupportedProtocolVersion)
        {
            if (_tested.Manifest?.ProtocolVersions.Contains(_contract) == true)
                return Finding.Fail($"it does not speak contract {_contract}, which its manifest lists");
            return isLast ? Finding.Fail("it speaks no contract of this km", [e.Message]) : Finding.Skip("it does not speak this contract");
        }

        StartFailure = e;
        return Finding.Fail(
            e.Exit is { } status
                ? $"it ended with {status} before its handshake"
                : LaunchErrors.From(Path.GetFileName(_tested.Executable), e).Summary,
            [e.Message, .. RunningPlugin.LastWords(e.LastErrorLines)]
        );
    }

    private async Task RunAsync(RunningPlugin plugin, CancellationToken cancellationToken)
    {
        var feeder = new MessageFeeder(_host.Timeout, _host.Time);
        await using var feeding = feeder.ConfigureAwait(false);
        await CheckAsync(CheckName.Describe, plugin, () => DescribeAsync(plugin, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        if (plugin.Description is null)
        {
            _list.Skip(_contract, "it could not be described", AfterHandshake.AsSpan(1));
            return;
        }

        var isAuthorized = false;
        await CheckAsync(
                CheckName.Authenticate,
                plugin,
                async () =>
                {
                    (isAuthorized, var finding) = await AuthenticateAsync(plugin, cancellationToken).ConfigureAwait(false);
                    return finding;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        if (!isAuthorized)
        {
            _list.Skip(_contract, "it is not authorized", CheckName.Initialize, CheckName.Session, CheckName.Malformed);
        }
        else if (
            !await CheckAsync(CheckName.Initialize, plugin, () => InitializeAsync(plugin, cancellationToken), cancellationToken)
                .ConfigureAwait(false)
        )
        {
            _list.Skip(_contract, "it is not initialized", CheckName.Session, CheckName.Malformed);
        }
        else
        {
            _isInitialized = true;
            feeder.Start(plugin.Session, plugin.Answer);
            await CheckAsync(
                    CheckName.Session,
                    plugin,
                    () => DeliveryChecks.SessionAsync(plugin, feeder, cancellationToken),
                    cancellationToken
                )
                .ConfigureAwait(false);
            await CheckAsync(
                    CheckName.Malformed,
                    plugin,
                    () => DeliveryChecks.MalformedAsync(plugin, feeder, cancellationToken),
                    cancellationToken
                )
                .ConfigureAwait(false);
            if (plugin.Description.Intercepts)
                await CheckAsync(
                        CheckName.Intercept,
                        plugin,
                        () => InterceptChecks.AskAsync(plugin, _host.Timeout, cancellationToken),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
        }

        await CheckAsync(
                CheckName.Shutdown,
                plugin,
                () => EndingChecks.ShutdownAsync(plugin, feeder, _host.Time, cancellationToken),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Runs a check on a plugin that may have ended before, or end during it.</summary>
    private async Task<bool> CheckAsync(string name, RunningPlugin plugin, Func<Task<Finding>> check, CancellationToken cancellationToken)
    {
        if (plugin.Client.Exited.IsCompleted)
        {
            _list.Skip(_contract, "the plugin had ended", name);
            return false;
        }

        return await _list
            .RunAsync(name, _contract, async () =>
            {
                try
                {
                    return await check().ConfigureAwait(false);
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    return await plugin.ExplainAsync($"in {name}", e).ConfigureAwait(false);
                }
            })
            .ConfigureAwait(false);
    }

    private async Task<Finding> DescribeAsync(RunningPlugin plugin, CancellationToken cancellationToken)
    {
        var said = await plugin.Session.DescribeAsync(cancellationToken).ConfigureAwait(false);
        var faults = new List<string>();
        if (!PluginName.IsValid(said.Name))
            faults.Add("its name is not 2 to 63 lower-case letters, digits and '-', the first a letter");
        if (!SemanticVersion.TryParse(said.Version, out _))
            faults.Add("its version is not SemVer, like 1.0.0");
        if (!TierText.TryParse(said.RequiredTier, out var tier))
            faults.Add("its tier is not Free, Pro or Enterprise");
        if (_tested.Manifest is { } manifest)
        {
            Compare("name", said.Name, manifest.Name);
            Compare("version", said.Version, manifest.Version);
            if (manifest.Capabilities.Intercept && _contract >= 2 && !said.Intercepts)
                faults.Add("its manifest asks to decide about requests (intercept), and it does not say that it can");
            Compare("tier", said.RequiredTier.ToUpperInvariant(), manifest.RequiredTier.ToUpperInvariant());
        }

        if (PluginName.IsValid(said.Name))
            plugin.Description = said;
        var who = $"{said.Name} {said.Version}, {said.RequiredTier}";
        if (faults.Count > 0)
            return Finding.Fail($"{who}: {string.Join("; ", faults)}");
        return Finding.Pass(_tested.Manifest is null ? who : $"{who}, as in the manifest");

        void Compare(string what, string here, string there)
        {
            if (here != there)
                faults.Add($"its {what} is '{here}', the manifest's '{there}'");
        }
    }

    private static async Task<(bool IsAuthorized, Finding Finding)> AuthenticateAsync(
        RunningPlugin plugin,
        CancellationToken cancellationToken
    )
    {
        var refusal = await plugin
            .Session.AuthenticateAsync(plugin.Description!.Name, EntitlementView.SignedOut, cancellationToken)
            .ConfigureAwait(false);
        var isFree = TierText.TryParse(plugin.Description.RequiredTier, out var tier) && tier == Tier.Free;
        if (refusal is null)
            return (
                true,
                Finding.Pass(isFree ? "granted, without an entitlement" : $"granted without an entitlement, though it requires {tier}")
            );
        return (
            false,
            isFree
                ? Finding.Fail($"it is Free and denies itself: {refusal.Detail}")
                : Finding.Pass($"denied without an entitlement, as it must be for {tier}")
        );
    }

    private static async Task<Finding> InitializeAsync(RunningPlugin plugin, CancellationToken cancellationToken)
    {
        var configuration = plugin.Configure(out var problems);
        if (problems is [var broken, ..])
            return Finding.Fail(broken.Summary, broken.Detail is { } why ? [why] : null);
        var refusal = await plugin.InitializeAsync(configuration, cancellationToken).ConfigureAwait(false);
        if (refusal is not null)
            return Finding.Fail($"it refused: {refusal.Detail}", RunningPlugin.LastWords(plugin.Client.LastErrorLines));
        var settings = configuration.Settings;
        return Finding.Pass(
            settings.Count == 0 ? "without settings" : $"with the settings {string.Join(", ", settings.Keys.Order(StringComparer.Ordinal))}"
        );
    }
}
