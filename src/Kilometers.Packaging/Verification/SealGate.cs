using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Seals;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packaging.Verification;

/// <summary>The customer's seal in a verified payload must say what the manifest says; a public package must have none.</summary>
internal static class SealGate
{
    /// <returns>What was found, for people.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_CUS_002</c>: it is missing, there without need, or says something else.</exception>
    public static string Check(PluginManifest manifest, ExtractedSeal found)
    {
        var appended = SealedExecutable.Find(found.EntrypointTail);
        var hasFile = manifest.Files.Any(file =>
            Path.GetFileName(file.Path).Equals(SealedExecutable.FileName, StringComparison.OrdinalIgnoreCase)
        );
        if (manifest.Customer is not { } customer)
            return appended.IsEmpty && !hasFile
                ? "none: it is for everyone"
                : throw Refuse("It is for everyone, but carries a customer's seal");

        // The plugin reads one of the two: it must be the one that was looked at here.
        if (!appended.IsEmpty && hasFile)
            throw Refuse("It carries two seals");
        var token = appended.IsEmpty ? found.SealFile : appended;
        if (token.IsEmpty)
            throw Refuse("It is for one customer and carries no seal");
        var seal = CustomerSeal.Read(token) ?? throw Refuse("Its seal is damaged");
        return
            seal.CustomerId == customer.Id
            && seal.BuildId == customer.BuildId
            && seal.KeyId == customer.KeyId
            && seal.Plugin == manifest.Name
            && seal.Version == manifest.Version
            ? $"customer {seal.CustomerId}, build {seal.BuildId}, issuer {seal.Issuer}"
            : throw Refuse("Its seal does not match its manifest");
    }

    private static PackageFormatException Refuse(string why) => new(ErrorCode.CustomerSeal, why);
}
