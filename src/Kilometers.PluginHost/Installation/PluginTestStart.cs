using System.Globalization;
using Grpc.Core;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Files;
using Kilometers.GoPlugin.Client;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Sharing;
using Kilometers.Processes.Guarding;

namespace Kilometers.PluginHost.Installation;

/// <summary>What a test start showed.</summary>
/// <param name="Took">From the launch to its answer.</param>
/// <param name="UsesApi">Whether the plugin uses the API.</param>
/// <param name="ApiError">Why the API could not be reached; null if it could, or is not used.</param>
internal sealed record TestStartResult(TimeSpan Took, bool UsesApi, KmError? ApiError)
{
    public override string ToString()
    {
        var api =
            !UsesApi ? ""
            : ApiError is null ? ", and the API answers"
            : ", but the API could not be asked";
        return string.Create(CultureInfo.InvariantCulture, $"test start passed in {Took.TotalSeconds:0.0} s{api}");
    }
}

/// <summary>
/// Starts a plugin once, in the same isolation as a session does, before it is installed: it must answer who it is. It gets no session, no
/// entitlement, no settings and no network. What cannot start never takes the place of what was installed before.
/// </summary>
/// <param name="options">What plugins of a session get.</param>
/// <param name="audit">Records the start before it happens.</param>
/// <param name="guard">Starts the guardian that ends the plugin if km is killed; null: there is none.</param>
/// <param name="askApi">Asks the API anything as the user who is signed in; returns why it does not answer.</param>
/// <param name="time">The clock.</param>
internal sealed class PluginTestStart(
    PluginHostingOptions options,
    AuditLog audit,
    Func<Guardian?> guard,
    Func<CancellationToken, Task<KmError?>> askApi,
    TimeProvider time
)
{
    /// <summary>Starts it, asks it, ends it.</summary>
    /// <param name="package">The verified bytes; read from their beginning.</param>
    /// <param name="policy">What they were verified against, and are once more.</param>
    /// <param name="cancellationToken">Gives up and kills it.</param>
    /// <exception cref="KmException">It cannot be started, or does not answer as what it was signed as.</exception>
    public async Task<TestStartResult> RunAsync(FileStream package, VerificationPolicy policy, CancellationToken cancellationToken)
    {
        using var guardian = guard();
        using var launcher = new PluginLauncher(options, new SilentPresenter(), time, guardian);
        var directory = launcher.CreateRunDirectory();
        var verification = Unpack(package, policy, directory, cancellationToken);
        var manifest = verification.Manifest;
        audit.Append(
            new AuditRecord
            {
                Event = "plugin.test-start",
                Decision = AuditDecision.Allowed,
                Plugin = manifest.Name,
                Version = manifest.Version,
                Digest = verification.PayloadDigest,
                Detail = $"signed by {verification.Signer!.Describe()}",
            }
        );
        var state =
            manifest.Capabilities.StateDirectory && options.Installed is { } paths
                ? new StateFolders(paths.State).Find(manifest.Name, verification.Signer!.Publisher)
                : null;
        var hadState = state is null || Directory.Exists(state);
        var start = time.GetTimestamp();
        try
        {
            var prepared = new PreparedPlugin(Path.Combine(directory, "files", manifest.Entrypoint), verification, state);
            await AskAsync(launcher, prepared, directory, manifest, cancellationToken).ConfigureAwait(false);
        }
        catch (GoPluginException e)
        {
            throw new KmException(LaunchErrors.From(manifest.Name, e));
        }
        catch (OverLimitException e)
        {
            throw new KmException(e.Error);
        }
        finally
        {
            if (!hadState)
                DirectoryTree.Delete(state!);
        }

        var took = time.GetElapsedTime(start);
        var usesApi = EntitlementGate.Concerns(manifest) || manifest.Capabilities.Network.Contains(NetworkEntry.KilometersApi);
        return new TestStartResult(took, usesApi, usesApi ? await askApi(cancellationToken).ConfigureAwait(false) : null);
    }

    private static PackageVerification Unpack(
        FileStream package,
        VerificationPolicy policy,
        string directory,
        CancellationToken cancellationToken
    )
    {
        var files = Path.Combine(directory, "files");
        PrivateFile.CreateDirectory(files);
        var copyPath = Path.Combine(directory, "package");
        try
        {
            package.Seek(0, SeekOrigin.Begin);
            using var copy = PrivateFile.CreateNew(copyPath);
            var verification = new PackageVerifier(policy).Verify(package, copy, files, null, cancellationToken);
            return verification.Error is { } error ? throw new KmException(error) : verification;
        }
        finally
        {
            File.Delete(copyPath);
        }
    }

    private async Task AskAsync(
        PluginLauncher launcher,
        PreparedPlugin prepared,
        string directory,
        PluginManifest manifest,
        CancellationToken cancellationToken
    )
    {
        var launched = await launcher
            .LaunchAsync(prepared, directory, () => manifest.Name, network: null, cancellationToken)
            .ConfigureAwait(false);
        await using var running = launched.ConfigureAwait(false);
        var client = launched.Client;
        _ = EndOverLimitAsync(launched);
        try
        {
            var now = time.GetUtcNow();
            var facts = new SessionFacts
            {
                SessionId = Guid.CreateVersion7(now).ToString("N"),
                ServerLabel = "test-start",
                HostVersion = options.HostVersion,
                Started = now,
                Color = false,
            };
            var session = PluginSession.Create(client, facts, options.CallTimeout, time, _ => { });
            var description = await session.DescribeAsync(cancellationToken).ConfigureAwait(false);
            if (PluginIdentity.Check(manifest.Name, description, manifest) is { } contradiction)
                throw new KmException(contradiction);
            await client.StopAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            throw new KmException(await launched.ExplainAsync(manifest.Name, e, "Describe").ConfigureAwait(false));
        }
        finally
        {
            client.Kill();
        }
    }

    private static async Task EndOverLimitAsync(LaunchedPlugin launched)
    {
        if (await launched.OverLimit.ConfigureAwait(false) is not null)
            launched.Client.Kill();
    }
}
