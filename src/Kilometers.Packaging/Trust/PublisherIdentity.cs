using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kilometers.Packaging.Trust;

/// <summary>
/// Who publishes, however often keys are rotated: the organization in the signer's certificate, and the root that vouches for it. Under
/// another root the same organization is somebody else, because anyone can write any name into certificates of their own.
/// </summary>
public sealed record PublisherIdentity
{
    private const string OrganizationName = "2.5.4.10";

    /// <summary>The organization that the signer's certificate names; its common name where it names none.</summary>
    public required string Organization { get; init; }

    /// <summary>SHA-256 of the root certificate, hexadecimal digits.</summary>
    public required string Root { get; init; }

    /// <summary>Names it in a path: 16 hexadecimal digits.</summary>
    /// <returns>The same for the same publisher only.</returns>
    public string ToId() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Root}\n{Organization}")))[..16];

    /// <summary>For people: the organization and the beginning of the root's fingerprint.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Organization} (root {TrustRoot.Short(Root)})";

    internal static PublisherIdentity Of(X509Certificate2 leaf, TrustRoot root) =>
        new()
        {
            Organization = leaf.SubjectName.EnumerateRelativeDistinguishedNames()
                .FirstOrDefault(name => !name.HasMultipleElements && name.GetSingleElementType().Value == OrganizationName)
                ?.GetSingleElementValue()
                ?? leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            Root = root.Fingerprint,
        };
}
