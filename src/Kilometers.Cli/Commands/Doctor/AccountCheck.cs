using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>Who is signed in, and what the entitlement that is known here says. The key itself is not read: that may ask for a passphrase.</summary>
internal sealed class AccountCheck : IDoctorCheck
{
    public string Name => "account";

    public Prerequisites Needs => Prerequisites.Home | Prerequisites.Settings;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>([.. Find(context)]);

    private static IEnumerable<Finding> Find(DoctorContext context)
    {
        var access = context.Command.Account();
        if (access.Keys.Variable is { } variable && ApiKey.Parse(context.Environment(variable)) is null)
        {
            yield return Finding.Of(
                new KmError(
                    ErrorCode.InvalidApiKey,
                    $"{variable} does not contain an API key",
                    "A key begins with km_live_ and ends with a checksum: it may have been cut off.",
                    $"Copy the whole key, or unset {variable}."
                )
            );
            yield break;
        }

        if (!access.MaySignIn)
        {
            yield return Finding.Ok("not signed in; free plugins need no account");
            yield break;
        }

        // Names a credential helper that is missing.
        var store = access.Keys.Variable ?? access.Keys.Store().Name;
        var view = context.Command.Entitlements().Known();
        yield return view.State switch
        {
            EntitlementState.Fresh or EntitlementState.Stale => Finding.Ok($"signed in, {view.Tier}; the key is from {store}"),
            EntitlementState.Grace => Finding.Warning(
                $"The subscription was not confirmed lately; {view.Tier} plugins run for a grace period only",
                view.Error?.Summary,
                "Check the network: km auth status"
            ),
            _ when access.Keys.Variable is not null && access.Known() is null => Finding.NotChecked(
                $"{access.Keys.Variable} holds a key that was not used yet; to try it: km auth status"
            ),
            _ => Finding.Warning(
                "No entitlement is known: plugins above the Free tier do not run",
                view.Error?.Summary,
                view.Error?.Hint ?? "Ask the API: km auth status"
            ) with
            {
                Code = view.Error?.Code,
            },
        };
    }
}
