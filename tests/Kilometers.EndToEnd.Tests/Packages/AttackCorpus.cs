using System.Text;
using Kilometers.Contracts;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>One entry per class of attack: what is done to a package, and the code with which it is refused.</summary>
internal static class AttackCorpus
{
    public static IReadOnlyDictionary<string, (string Code, Action<PackageForge> Change)> Cases { get; } =
        new Dictionary<string, (string, Action<PackageForge>)>
        {
            ["no signature"] = (ErrorCode.Unsigned, forge =>
                forge.Envelope = json => json[..json.IndexOf("[{", StringComparison.Ordinal)] + "[]}"
            ),
            ["signed by an unknown publisher"] = (ErrorCode.UntrustedChain, forge => forge.Signer = TestAuthority.Unknown.Publisher),
            ["a trusted chain over another publisher's signature"] = (ErrorCode.InvalidSignature, forge =>
                (forge.Signer, forge.Chain) = (TestAuthority.Unknown.Publisher, _ => TestAuthority.Trusted.Publisher.ChainPem)
            ),
            ["an expired signer"] = (ErrorCode.SignerExpired, forge =>
                forge.Signer = TestAuthority.Trusted.Sign(
                    TestAuthority.Trusted.IssueLeaf(TestAuthority.Trusted.LeafKey, days: 1),
                    TestAuthority.Trusted.LeafKey
                )
            ),
            ["a certificate that is not made for signing code"] = (ErrorCode.UntrustedChain, forge =>
                forge.Signer = TestAuthority.Trusted.SignerWith()
            ),
            ["signed as something else"] = (ErrorCode.StatementType, forge => forge.PayloadType = "application/json"),
            ["a statement about something else"] = (ErrorCode.StatementType, forge =>
                forge.Statement = json => json.Replace("kilometers.ai/kmpkg/v1", "kilometers.ai/kmpkg/v2", StringComparison.Ordinal)
            ),
            ["a changed statement"] = (ErrorCode.InvalidSignature, forge =>
                forge.Envelope = json => json.Replace("\"payload\":\"eyJ", "\"payload\":\"eyK", StringComparison.Ordinal)
            ),
            ["another payload"] = (ErrorCode.PayloadDigest, forge =>
                forge.SwappedPayload = payload => [.. payload[..^1], (byte)(payload[^1] ^ 1)]
            ),
            ["a duplicate member in the manifest"] = (ErrorCode.ManifestForm, forge =>
                forge.Statement = json =>
                    json.Replace("\"name\":\"forged\"", "\"name\":\"forged\",\"name\":\"other\"", StringComparison.Ordinal)
            ),
            ["an unknown member in the manifest"] = (ErrorCode.ManifestForm, forge =>
                forge.Statement = json =>
                    json.Replace("\"name\":\"forged\"", "\"name\":\"forged\",\"run\":\"sh\"", StringComparison.Ordinal)
            ),
            ["a name with a path in it"] = (ErrorCode.ManifestRule, forge =>
                forge.Manifest = manifest => manifest with { Name = "../../bin/km" }
            ),
            ["a wildcard for the network"] = (ErrorCode.ManifestRule, forge =>
                forge.Manifest = manifest => manifest with { Capabilities = new() { Network = ["*.example.com:443"] } }
            ),
            ["a network entry that looks like another"] = (ErrorCode.ManifestRule, forge =>
                forge.Manifest = manifest => manifest with { Capabilities = new() { Network = ["\u0430pi.example.com:443"] } }
            ),
            ["an additional member"] = (ErrorCode.Container, forge =>
                forge.Members = members => [members[0], members[1], members[2], new("extra", "x"u8.ToArray()), members[3]]
            ),
            ["members in another order"] = (ErrorCode.Container, forge =>
                forge.Members = members => [members[0], members[2], members[1], members[3]]
            ),
            ["something behind the end"] = (ErrorCode.Container, forge => forge.Bytes = bytes => [.. bytes, 1]),
            ["a cut-off package"] = (ErrorCode.PackageTruncated, forge => forge.Bytes = bytes => bytes[..^2000]),
            ["an empty file"] = (ErrorCode.PackageTruncated, forge => forge.Bytes = _ => []),
            ["a symbolic link in the payload"] = (ErrorCode.PayloadContent, forge =>
                forge.Tar = members => [TarMember.Link(members[0].Name, '2', "/bin/sh"), members[1]]
            ),
            ["a hard link in the payload"] = (ErrorCode.PayloadContent, forge =>
                forge.Tar = members => [TarMember.Link(members[0].Name, '1', "/etc/passwd"), members[1]]
            ),
            ["a device in the payload"] = (ErrorCode.PayloadContent, forge =>
                forge.Tar = members => [members[0] with { Header = header => header[156] = (byte)'3' }, members[1]]
            ),
            ["a path that leads out"] = (ErrorCode.PayloadContent, forge =>
                forge.Tar = members => [members[0] with { Name = "../../escaped" }, members[1]]
            ),
            ["an absolute path"] = (ErrorCode.PayloadContent, forge =>
                forge.Tar = members => [members[0] with { Name = "/tmp/escaped" }, members[1]]
            ),
            ["a file that is not listed"] = (ErrorCode.PayloadContent, forge =>
                forge.Tar = members => [.. members, new("more", "x"u8.ToArray())]
            ),
            ["a file that is missing"] = (ErrorCode.PayloadContent, forge => forge.Tar = members => [members[0]]),
            ["a file of another content"] = (ErrorCode.FileDigest, forge =>
                forge.Tar = members => [members[0], members[1] with { Content = "hullo"u8.ToArray() }]
            ),
            ["paths that differ by case"] = (ErrorCode.ManifestRule, forge =>
                forge.Files.Add(new ForgedFile("data/README.txt", "x"u8.ToArray(), false))
            ),
            ["a decompression bomb"] = (ErrorCode.PayloadContent, forge => forge.Payload = _ => PackageForge.GZip(new byte[300_000_000])),
            ["another customer's"] = (ErrorCode.OtherCustomer, forge =>
                forge.Manifest = manifest => manifest with { Customer = Customers.Binding }
            ),
            ["a tier that is not covered"] = (ErrorCode.TierTooLow, forge =>
                forge.Manifest = manifest => manifest with { RequiredTier = "Pro" }
            ),
            ["another system"] = (ErrorCode.Platform, forge => forge.Manifest = manifest => manifest with { Os = "windows" }),
            ["a newer km"] = (ErrorCode.CliVersion, forge => forge.Manifest = manifest => manifest with { MinimumCliVersion = "99.0.0" }),
            ["another contract"] = (ErrorCode.ProtocolVersion, forge =>
                forge.Manifest = manifest => manifest with { ProtocolVersions = [77] }
            ),
            ["no package at all"] = (ErrorCode.Container, forge => forge.Bytes = _ => Encoding.ASCII.GetBytes(new string('x', 5000))),
        };
}
