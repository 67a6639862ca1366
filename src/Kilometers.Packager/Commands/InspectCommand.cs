using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Contracts.Packages;
using Kilometers.Packager.Output;
using Kilometers.Packager.Packing;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg inspect</c>: shows what is in a package, from any maker.</summary>
internal static class InspectCommand
{
    private const string Help = """
        Show what is in a package, who signed it, for whom, and how every gate ended; also of a package that fails them, and then marked as
        not verified: such a package can say anything. Exit status 0 only if every gate was passed.
        """;

    public static Command Create(StandardError errors, TimeProvider time)
    {
        var file = new Argument<string>("FILE") { Description = "The package." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("inspect", Help) { file, json };
        var checking = new PackageChecking();
        checking.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.FromResult(
                    Run(
                        parsed.GetValue(file)!,
                        checking.Verify(parsed.GetValue(file)!, parsed, time, cancellationToken),
                        parsed.GetValue(json),
                        errors
                    )
                )
        );
        return command;
    }

    private static int Run(string file, PackageVerification verification, bool asJson, StandardError errors)
    {
        UnverifiedContent content;
        using (var package = PackageFile.Open(file))
            content = UnverifiedContent.Read(package);

        // Of a verified package only what was verified is shown: the file may have been exchanged between the two looks.
        var (manifest, digest) = verification.IsVerified
            ? (verification.Manifest, verification.PayloadDigest)
            : (content.Manifest, content.PayloadDigest);
        if (asJson)
        {
            Console.Out.WriteLine(
                PackageReports.ToJson(
                    PackageReports.Of(file, verification) with
                    {
                        PayloadDigest = digest.Length == 0 ? null : digest,
                        Manifest = manifest,
                        Certificates = content.Certificates,
                    }
                )
            );
            return verification.IsVerified ? 0 : 1;
        }

        Console.Out.WriteLine(
            $"{Path.GetFileName(file)}{(verification.IsVerified ? "" : ": NOT VERIFIED. What follows is what it says about itself, and may be false.")}"
        );
        Console.Out.WriteLine();
        if (manifest is null)
            Console.Out.WriteLine("Its manifest cannot be read.");
        else
            Print(manifest, digest);
        PrintCertificates(content, verification);
        Console.Out.WriteLine();
        PackageReports.PrintGates(verification);
        return PackageReports.Conclude(verification, errors);
    }

    private static void Print(PluginManifest plugin, string digest)
    {
        var capabilities = plugin.Capabilities;
        string[] may =
        [
            .. capabilities.Network.Select(entry => $"connect to {NetworkEntry.Describe(entry)}"),
            .. capabilities.StateDirectory ? ["keep files"] : Array.Empty<string>(),
            .. capabilities.Credentials ? ["get the entitlement"] : Array.Empty<string>(),
            .. capabilities.Intercept ? ["stop requests, where the administrator's policy grants it"] : Array.Empty<string>(),
        ];
        PrintTable([
            ["plugin", $"{plugin.Name} {plugin.Version}, release {plugin.ReleaseSequence.ToString(CultureInfo.InvariantCulture)}"],
            ["description", plugin.Description],
            ["author", plugin.Author],
            [
                "for",
                plugin.Customer is { } customer
                    ? $"customer {customer.Id}, build {customer.BuildId}, API key {customer.KeyId}"
                    : "everybody",
            ],
            [
                "requires",
                $"{plugin.RequiredTier} tier, {plugin.Os}-{plugin.Arch}, km {plugin.MinimumCliVersion}{(plugin.MaximumCliVersion is { } maximum ? $" to {maximum}" : " or later")}, contract {string.Join(" or ", plugin.ProtocolVersions)}",
            ],
            ["may", may.Length == 0 ? "nothing beyond seeing the session" : string.Join(", ", may)],
            [
                "built",
                $"{plugin.Build.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC{(plugin.Build.Source.Length > 0 ? $", from {plugin.Build.Source}" : "")}{(plugin.Build.Commit.Length > 0 ? $", commit {plugin.Build.Commit}" : "")}",
            ],
            ["payload", digest],
        ]);
        Console.Out.WriteLine();
        PrintTable([
            ["MODE", "SIZE", "SHA-256", "FILE"],
            .. plugin.Files.Select(file =>
                new[] { file.Mode, file.Size.ToString(CultureInfo.InvariantCulture), file.Sha256[..16] + "…", file.Path }
            ),
        ]);
    }

    private static void PrintCertificates(UnverifiedContent content, PackageVerification verification)
    {
        Console.Out.WriteLine();
        if (verification.Signer is { } signer)
        {
            Console.Out.WriteLine($"Signed by {signer.Describe()}");
            Console.Out.WriteLine(
                $"{(signer.Root.IsDevelopment ? "That is a development root. " : "")}The root's whole fingerprint: {signer.Root.Fingerprint}"
            );
        }
        else
            Console.Out.WriteLine(
                content.Signatures == 0 ? "Signed by nobody." : "Signed by somebody who is not known here. It came with these certificates:"
            );
        PrintTable([
            .. content.Certificates.Select(certificate =>
                new[]
                {
                    "",
                    certificate.Serial,
                    certificate.NotAfter.UtcDateTime.ToString("'until' yyyy-MM-dd", CultureInfo.InvariantCulture),
                    certificate.Name,
                }
            ),
        ]);
    }

    private static void PrintTable(string[][] rows)
    {
        foreach (var line in TextTable.Format(rows, TextTable.TerminalWidth))
            Console.Out.WriteLine(line);
    }
}
