using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.PluginHost.Sharing;

/// <summary>Whether a plugin is what it was signed as.</summary>
internal static class PluginIdentity
{
    /// <param name="label">What it is called until then.</param>
    /// <param name="description">What it says about itself.</param>
    /// <param name="signed">Its manifest; null for a plugin under development.</param>
    /// <returns>Null if nothing contradicts.</returns>
    public static KmError? Check(string label, SelfDescription description, PluginManifest? signed)
    {
        if (!PluginName.IsValid(description.Name))
        {
            return new KmError(
                ErrorCode.PluginContract,
                $"Plugin '{label}' reports an invalid name",
                Hint: "A name is 2 to 63 lower-case letters, digits and '-', and starts with a letter."
            );
        }

        if (!SemanticVersion.TryParse(description.Version, out _))
        {
            return new KmError(
                ErrorCode.PluginContract,
                $"Plugin '{description.Name}' reports an invalid version",
                Hint: "A version is SemVer, like 1.0.0."
            );
        }

        return signed is null || (signed.Name, signed.Version) == (description.Name, description.Version)
            ? null
            : new KmError(
                ErrorCode.PluginContract,
                $"Plugin '{label}' reports a different name or version than the one it was signed with",
                $"signed: {signed.Name} {signed.Version}; reported: {description.Name} {description.Version}",
                "Ask the publisher."
            );
    }
}
