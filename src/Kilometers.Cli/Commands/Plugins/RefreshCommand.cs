using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Trust;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins refresh</c>: brings the plugins to what the subscription covers.</summary>
internal static class RefreshCommand
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var json = PluginsCommand.Json();
        var ask = new Option<bool>("--ask")
        {
            Description = "Ask before each plugin is installed, even if it may do no more than the installed version.",
        };
        var yes = PluginsCommand.Yes();
        var command = new Command(
            "refresh",
            "Download the latest plugins that your subscription includes, and the current revocation list. It asks before it installs a new plugin, and before a new version that may do more than the installed one. Each new plugin is test-started. Interrupted downloads resume."
        )
        {
            ask,
            yes,
            json,
        };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km plugins refresh
              km plugins refresh --yes --json
            """
        );
        command.Validators.Add(result =>
        {
            if (result.GetValue(ask) && result.GetValue(yes))
                result.AddError("--ask and --yes contradict each other");
        });
        CommandContext.Run(
            command,
            (parsed, context, cancellationToken) =>
            {
                var consent = new ConsentQuestion(context)
                {
                    IsAgreed = parsed.GetValue(yes),
                    AsksAlways = parsed.GetValue(ask),
                    Command = "km plugins refresh --yes",
                };
                return RunAsync(context, context.Account(), ["all"], consent, parsed.GetValue(json), cancellationToken);
            },
            usesNetwork: true
        );
        return command;
    }

    /// <summary>Refreshes and shows what was done.</summary>
    /// <returns>The exit status: 1 if any plugin failed.</returns>
    /// <exception cref="KmException">Nobody is signed in, or the API refused.</exception>
    public static async Task<int> RunAsync(
        CommandContext context,
        AccountAccess access,
        IReadOnlyList<string> names,
        ConsentQuestion consent,
        bool json,
        CancellationToken cancellationToken
    )
    {
        var plugins = await RefreshAsync(context, access, names, consent, cancellationToken).ConfigureAwait(false);
        if (plugins.Count == 0 && names is not ["all"])
            throw new KmException(
                new KmError(
                    ErrorCode.NotInstalled,
                    $"The API has no plugin '{string.Join(", ", names)}' for you on this machine",
                    null,
                    "See what your subscription includes: km plugins refresh"
                )
            );
        if (json)
            context.Screen.Json([.. plugins.Select(RefreshListing.From)], CommandJsonContext.Default.IReadOnlyListRefreshListing);
        else
            Show(context, plugins);
        return plugins.All(plugin => plugin.Outcome != RefreshOutcome.Failed) ? 0 : 1;
    }

    /// <summary>Refreshes.</summary>
    /// <exception cref="KmException">Nobody is signed in, or the API refused.</exception>
    public static async Task<IReadOnlyList<RefreshedPlugin>> RefreshAsync(
        CommandContext context,
        AccountAccess access,
        IReadOnlyList<string> names,
        ConsentQuestion consent,
        CancellationToken cancellationToken
    )
    {
        if (await access.OpenAsync(AnswerLimit, cancellationToken).ConfigureAwait(false) is not var (account, key))
            throw AuthCommand.NotSignedIn();
        using var api = new ApiClient(account.Endpoint, key, RootCommandLine.Version);
        await RevokeAsync(context, api, cancellationToken).ConfigureAwait(false);

        var entitlements = context.Entitlements();
        var view = await entitlements
            .GetAsync(PluginBuilds.Installed(context.Paths, context.Policy(out _)), force: true, cancellationToken)
            .ConfigureAwait(false);
        if (view.Token is null)
            throw new KmException(view.Error ?? AuthCommand.NotSignedIn().Error);
        var installer = context.Installer();
        ByteProgress? progress = null;
        consent.BeforeAsking = () => progress?.Dispose();
        IReadOnlyList<RefreshedPlugin> plugins;
        try
        {
            plugins = await new PluginRefresh(context.Paths, installer, api)
                .RunAsync(names, context.Policy(view, out _), consent.Ask, package => Next(package.Name, package.Size), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            progress?.Dispose();
        }

        // The token names the builds that may run: the new ones are not in the old token.
        await entitlements
            .GetAsync(PluginBuilds.Installed(context.Paths, context.Policy(out _)), force: true, cancellationToken)
            .ConfigureAwait(false);
        return plugins;

        ByteProgress Next(string name, long size)
        {
            progress?.Dispose();
            return progress = new ByteProgress(context.Errors, $"Getting {name}", size, context.Time);
        }
    }

    public static void Show(CommandContext context, IReadOnlyList<RefreshedPlugin> plugins)
    {
        if (plugins.Count == 0)
            context.Screen.WriteLine("The API has no plugins for you on this machine.");
        else
            context.Screen.Table(
                ["NAME", "VERSION", "WHAT"],
                plugins.Select(plugin => new[] { plugin.Name, plugin.Version ?? "-", Describe(plugin.Outcome) })
            );
        foreach (var plugin in plugins.Where(plugin => plugin.TestStart is not null))
            context.Screen.WriteLine($"{context.Errors.Glyphs.Success} {plugin.Name}: {plugin.TestStart}");
        foreach (var error in plugins.Select(plugin => plugin.TestStart?.ApiError).OfType<KmError>().Distinct())
            context.Errors.Warn(error);
        foreach (var error in plugins.Select(plugin => plugin.Error).OfType<KmError>())
            context.Errors.Warn(error);
    }

    internal static string Describe(RefreshOutcome outcome) =>
        outcome switch
        {
            RefreshOutcome.New => "new",
            RefreshOutcome.Updated => "updated",
            RefreshOutcome.Current => "up to date",
            RefreshOutcome.NotIncluded => "not in the subscription",
            RefreshOutcome.Revoked => "revoked",
            _ => "failed",
        };

    /// <summary>Takes what was revoked since. A list that cannot be used is reported, and does not keep the newest plugins away.</summary>
    public static async Task RevokeAsync(CommandContext context, ApiClient api, CancellationToken cancellationToken)
    {
        if (await api.RevocationsAsync(cancellationToken).ConfigureAwait(false) is not { } list)
            return;
        if (
            File.Exists(context.Paths.Revocations)
            && (await File.ReadAllBytesAsync(context.Paths.Revocations, cancellationToken).ConfigureAwait(false))
                .AsSpan()
                .SequenceEqual(list)
        )
            return;
        try
        {
            var trust = TrustConfiguration.Read(context.Paths, BuiltInRoot.Pem, context.Time.GetUtcNow(), isReplacing: true);
            new TrustStore(context.Paths, context.Audit, context.Time).Update(
                () => list.Length <= RevocationList.MaxSize ? list : throw new IOException("It is too large."),
                trust
            );
        }
        catch (KmException e)
        {
            context.Errors.Warn(e.Error);
        }
    }
}

/// <summary>One plugin as <c>km plugins refresh --json</c> gives it.</summary>
internal sealed record RefreshListing
{
    public required string Name { get; init; }

    public string? Version { get; init; }

    /// <summary><c>new</c>, <c>updated</c>, <c>up to date</c>, <c>not in the subscription</c>, <c>revoked</c> or <c>failed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>What its test start showed; null where it was not test-started.</summary>
    public string? TestStart { get; init; }

    public string? Code { get; init; }

    public string? Reason { get; init; }

    public static RefreshListing From(RefreshedPlugin plugin) =>
        new()
        {
            Name = plugin.Name,
            Version = plugin.Version,
            Outcome = RefreshCommand.Describe(plugin.Outcome),
            TestStart = plugin.TestStart?.ToString(),
            Code = plugin.Error?.Code,
            Reason = plugin.Error?.Summary,
        };
}
