using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Updates;

/// <summary>Which release <c>km update</c> takes.</summary>
internal static class ReleaseChoice
{
    /// <summary>Chooses.</summary>
    /// <param name="offered">What the API has for this machine.</param>
    /// <param name="current">The version of this km.</param>
    /// <param name="wanted">The version that was asked for; null: the newest, without those that are not finished (1.0.0-rc.1).</param>
    /// <param name="allowDowngrade">Whether an older one may be asked for.</param>
    /// <returns>The release; null: this km is it, or newer than all.</returns>
    /// <exception cref="KmException"><c>KM_UPD_004</c>: there is no such release. <c>KM_UPD_005</c>: it is older. <c>CFG_ARG_001</c>: what was asked for is not a version.</exception>
    public static KmReleaseRecord? Choose(IReadOnlyList<KmReleaseRecord> offered, string current, string? wanted, bool allowDowngrade)
    {
        if (!SemanticVersion.TryParse(current, out var own))
            throw new KmException(
                new KmError(ErrorCode.NotUpdatable, "This km does not know its version", current, "Install a published km.")
            );
        if (wanted is null)
        {
            var newest = offered
                .Where(release => !IsUnfinished(release.Version) || IsUnfinished(current))
                .MaxBy(release => release.ReleaseSequence);
            return newest is not null && SemanticVersion.TryParse(newest.Version, out var version) && version > own ? newest : null;
        }

        if (!SemanticVersion.TryParse(wanted, out var asked))
            throw new KmException(
                new KmError(ErrorCode.InvalidArguments, $"--version: '{wanted}' is not a version", Hint: "A version is like 1.2.0")
            );
        if (asked == own)
            return null;
        var found = offered.FirstOrDefault(release => release.Version == wanted)
            ?? throw new KmException(
                new KmError(
                    ErrorCode.NoSuchRelease,
                    $"The API has no km {wanted} for this machine",
                    offered.Count == 0
                        ? "It has no releases of km."
                        : $"It has {string.Join(", ", offered.Take(10).Select(release => release.Version))}.",
                    "See: km update --check"
                )
            );
        if (asked < own && !allowDowngrade)
            throw new KmException(
                new KmError(
                    ErrorCode.UpdateDowngrade,
                    $"km {wanted} is older than this km",
                    $"This is km {current}. An older one may lack what was mended since.",
                    "To go back on purpose: --allow-downgrade"
                )
            );
        return found;
    }

    private static bool IsUnfinished(string version) => version.Split('+')[0].Contains('-', StringComparison.Ordinal);
}
