using System.Security.Cryptography;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Seals;

namespace Kilometers.Packaging.Tests.Forging;

/// <summary>Packages for one customer.</summary>
internal static class Customers
{
    public static RSA IssuerKey { get; } = RSA.Create(3072);

    public static CustomerBinding Binding { get; } =
        new()
        {
            Id = "customer_123",
            BuildId = "build-9",
            KeyId = "abc123",
        };

    public static CustomerSeal Seal { get; } =
        new()
        {
            CustomerId = Binding.Id,
            BuildId = Binding.BuildId,
            KeyId = Binding.KeyId,
            Issuer = "https://api.example.com",
            IssuerKey = IssuerKey.ExportSubjectPublicKeyInfo(),
            Plugin = "forged",
            Version = "1.2.3",
        };

    /// <summary>A package for the customer, the seal at the end of its program.</summary>
    public static byte[] Sealed(Action<PackageForge>? change = null) => SealedWith(SealedExecutable.Trailer(Seal.Sign(IssuerKey)), change);

    /// <summary>A package for the customer with any bytes at the end of its program.</summary>
    public static byte[] SealedWith(byte[] trailer, Action<PackageForge>? change = null) =>
        PackageForge.Build(forge =>
        {
            forge.Files[0] = forge.Files[0] with { Content = [.. PackageForge.Program(), .. trailer] };
            forge.Manifest = manifest => manifest with { Customer = Binding };
            change?.Invoke(forge);
        });
}
