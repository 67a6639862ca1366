using System.Security.Cryptography;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Building;

namespace Kilometers.Packager.Packing;

/// <summary>Reads everything that a package is made of.</summary>
internal static class SourceReader
{
    private const long MaxManifest = 256 * 1024;

    /// <exception cref="KmException">A file cannot be read, or says nothing usable.</exception>
    public static PackageSource Read(PackRequest request, TimeProvider time) =>
        new()
        {
            Description = WithTier(ReadManifest(request.Manifest), request.Tier),
            Os = request.Os,
            Arch = request.Arch,
            Files = PayloadFolder.Read(request.Payload),
            Customer = request.Customer is null
                ? null
                : new CustomerStamp
                {
                    Binding = new CustomerBinding
                    {
                        Id = request.Customer,
                        BuildId = request.Build!,
                        KeyId = request.KeyId!,
                    },
                    Issuer = request.Issuer!,
                    IssuerKey = ReadIssuerKey(request.IssuerKey!),
                },
            Build = new BuildOrigin
            {
                Source = request.Source,
                Commit = request.Commit,
                Time = BuildTime.Resolve(request.Time, request.Commit, time),
            },
        };

    private static PluginDescription ReadManifest(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxManifest)
                throw new IOException("It is too large for a manifest");
            return PackageJson.ReadDescription(File.ReadAllBytes(file));
        }
        catch (JsonException e)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.ManifestForm,
                    "The manifest is not strict JSON of the known form",
                    $"{file}: {e.Message}",
                    "Correct it, and pack again"
                )
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(new KmError(ErrorCode.PackageSource, "The manifest cannot be read", e.Message, "Check --manifest"));
        }
    }

    private static PluginDescription WithTier(PluginDescription plugin, string? asked)
    {
        if (asked is null)
            return plugin;
        if (!TierText.TryParse(asked, out var tier))
            throw new KmException(
                new KmError(ErrorCode.InvalidArguments, $"--tier: '{asked}' is not a tier", Hint: "Free, Pro or Enterprise")
            );

        // What a plugin requires is its author's word: a package may ask for more, not for less.
        return TierText.TryParse(plugin.RequiredTier, out var required) && tier < required
            ? throw new KmException(
                new KmError(
                    ErrorCode.PackageSource,
                    $"{plugin.Name} requires the {required} tier",
                    $"A package of it for {tier} would not run.",
                    $"Ask for {required}, or a higher tier"
                )
            )
            : plugin with
            {
                RequiredTier = tier.ToString(),
            };
    }

    private static RSA ReadIssuerKey(string file)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw new KmException(
                new KmError(
                    ErrorCode.SigningKeys,
                    "The issuer's key cannot be read",
                    $"{file}: {e.Message}",
                    "Give the issuer's private RSA key in PEM form: --issuer-key FILE"
                )
            );
        }
    }
}
