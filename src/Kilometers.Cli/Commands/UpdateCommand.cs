using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Updates;

namespace Kilometers.Cli.Commands;

/// <summary><c>km update</c>: replaces this program by a newer release.</summary>
internal static class UpdateCommand
{
    public static Command Create()
    {
        var check = new Option<bool>("--check") { Description = "Check for a newer version without installing it." };
        var version = new Option<string?>("--version") { Description = "Install this version. Default: the newest.", HelpName = "VERSION" };
        var downgrade = new Option<bool>("--allow-downgrade") { Description = "Accept a --version that is older than this km." };
        var rollback = new Option<bool>("--rollback") { Description = "Go back to the km from before the last update." };
        var json = PluginsCommand.Json();
        var command = new Command(
            "update",
            "Update km. The new release is verified and test-started first, and rolled back if it does not run. Running sessions keep the old version."
        )
        {
            check,
            version,
            downgrade,
            rollback,
            json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(rollback) && (result.GetValue(check) || result.GetValue(downgrade) || result.GetValue(version) is not null))
                result.AddError("--rollback goes with --json only");
            if (result.GetValue(downgrade) && result.GetValue(version) is null)
                result.AddError("--allow-downgrade belongs to --version");
        });
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km update
              km update --check --json
              km update --version 1.2.0 --allow-downgrade
              km update --rollback
            """
        );
        CommandContext.Run(
            command,
            (parsed, context, cancellationToken) =>
                parsed.GetValue(rollback)
                    ? Task.FromResult(RollBack(context, parsed.GetValue(json)))
                    : RunAsync(
                        context,
                        parsed.GetValue(version),
                        parsed.GetValue(check),
                        parsed.GetValue(downgrade),
                        parsed.GetValue(json),
                        cancellationToken
                    ),
            usesNetwork: true
        );
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        string? wanted,
        bool isOnlyAsked,
        bool allowDowngrade,
        bool json,
        CancellationToken cancellationToken
    )
    {
        // Before anything is asked or got: who cannot update shall know at once.
        var program = isOnlyAsked ? null : KmProgram.Own(Environment.ProcessPath);
        using var api = new ApiClient(context.Account().Endpoint, key: null, RootCommandLine.Version);
        var offered = (await api.KmReleasesAsync(HostPolicy.Platform, cancellationToken).ConfigureAwait(false)).Releases;
        var release = ReleaseChoice.Choose(offered, RootCommandLine.Version, wanted, allowDowngrade || isOnlyAsked);
        if (release is null)
            return Show(
                context,
                json,
                UpdateReport.Of("current", RootCommandLine.Version, null),
                $"km {RootCommandLine.Version} is {(wanted is null ? "the newest" : "what you have")}"
            );
        if (program is null)
            return Show(
                context,
                json,
                UpdateReport.Of("available", release.Version, release),
                $"km {release.Version} is available ({release.Size / 1e6:0.0} MB); this is km {RootCommandLine.Version}. To get it: km update{(wanted is null ? "" : $" --version {wanted}")}"
            );

        await RefreshCommand.RevokeAsync(context, api, cancellationToken).ConfigureAwait(false);
        var policy = context.Policy(out var trust) with { Roots = trust.RootsForKm, AllowDowngrade = allowDowngrade };
        using var progress = new ByteProgress(context.Errors, $"Getting km {release.Version}", release.Size, context.Time);
        var signer = await new KmUpdate(context.Paths, program, context.Audit, context.Time)
            .RunAsync(release, api, policy, progress, cancellationToken)
            .ConfigureAwait(false);
        progress.Dispose();
        if (signer is null)
            return Show(
                context,
                json,
                UpdateReport.Of("current", release.Version, release),
                $"km {release.Version} is in place already: another km put it there"
            );
        if (signer.Root.IsDevelopment)
            context.Errors.Warn(
                new KmError(
                    ErrorCode.DevelopmentSigner,
                    $"km {release.Version} is signed under a development root: {signer.Root.Describe()}"
                )
            );
        return Show(
            context,
            json,
            UpdateReport.Of("updated", release.Version, release) with
            {
                Signer = signer.Name,
                Root = signer.Root.Describe(),
            },
            $"{context.Errors.Glyphs.Success} km {release.Version} replaces km {RootCommandLine.Version}, signed by {signer.Describe()}; to go back: km update --rollback"
        );
    }

    private static int RollBack(CommandContext context, bool json)
    {
        var version = new KmUpdate(context.Paths, KmProgram.Own(Environment.ProcessPath), context.Audit, context.Time).RollBack();
        return Show(
            context,
            json,
            UpdateReport.Of("rolledBack", version, null),
            $"{context.Errors.Glyphs.Success} km {version} is restored"
        );
    }

    private static int Show(CommandContext context, bool json, UpdateReport report, string words)
    {
        if (json)
            context.Screen.Json(report, CommandJsonContext.Default.UpdateReport);
        else
            context.Screen.WriteLine(words);
        return 0;
    }
}

/// <summary>What <c>km update --json</c> gives.</summary>
internal sealed record UpdateReport
{
    /// <summary><c>current</c>, <c>available</c>, <c>updated</c> or <c>rolledBack</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The version of the km that was asked.</summary>
    public required string Asked { get; init; }

    /// <summary>The version that is in place now, or, where only asked, could be.</summary>
    public required string Version { get; init; }

    public long? ReleaseSequence { get; init; }

    /// <summary>Bytes of the download.</summary>
    public long? Size { get; init; }

    /// <summary>The name in the signer's certificate.</summary>
    public string? Signer { get; init; }

    /// <summary>The root that vouches for it.</summary>
    public string? Root { get; init; }

    public static UpdateReport Of(string outcome, string version, KmReleaseRecord? release) =>
        new()
        {
            Outcome = outcome,
            Asked = RootCommandLine.Version,
            Version = version,
            ReleaseSequence = release?.ReleaseSequence,
            Size = release?.Size,
        };
}
