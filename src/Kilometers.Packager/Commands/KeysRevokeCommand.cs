using System.CommandLine;
using System.Globalization;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packager.Keys;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg keys revoke</c>: the next numbered revocation list.</summary>
internal static class KeysRevokeCommand
{
    private const string Help = """
        Add to the revocation list, or renew it, and sign it with the active intermediate. The list is numbered; km never goes back to an
        older one. It is written to revocations.json in the folder of keys; distribute that file.

        Examples:
          kmpkg keys revoke --leaf 4f21…            what a lost leaf signed
          kmpkg keys revoke --package 9d5e…         one payload, by its SHA-256 (see kmpkg inspect)
          kmpkg keys revoke --plugin my-logger --from 1.0.0 --to 1.2.3
          kmpkg keys revoke --build build-42        one customer's build
          kmpkg keys revoke --renew --expires 30    nothing new, but a later date
        """;

    public static Command Create(TimeProvider time)
    {
        var keys = SignerOptions.CreateKeys();
        var certificate = new Option<string?>("--leaf", "--certificate")
        {
            Description = "The serial number of a leaf or an intermediate, see kmpkg keys list.",
            HelpName = "SERIAL",
        };
        var package = new Option<string?>("--package") { Description = "SHA-256 of a payload.", HelpName = "DIGEST" };
        var plugin = new Option<string?>("--plugin")
        {
            Description = "A plugin; all its versions, unless --from or --to says which.",
            HelpName = "NAME",
        };
        var from = new Option<string?>("--from") { Description = "The lowest revoked version of --plugin.", HelpName = "VERSION" };
        var to = new Option<string?>("--to") { Description = "The highest revoked version of --plugin.", HelpName = "VERSION" };
        var build = new Option<string?>("--build") { Description = "The id of one customer's build.", HelpName = "ID" };
        var renew = new Option<bool>("--renew") { Description = "Revoke nothing new." };
        var expires = new Option<int>("--expires")
        {
            Description = "Days until the next list is due. Default: 30.",
            HelpName = "DAYS",
            DefaultValueFactory = _ => 30,
        };
        expires.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 3650)
                result.AddError("--expires: 1 to 3650 days");
        });
        var command = new Command("revoke", Help) { keys, certificate, package, plugin, from, to, build, renew, expires };
        command.Validators.Add(result =>
        {
            if (
                result.GetValue(certificate) is null
                && result.GetValue(package) is null
                && result.GetValue(plugin) is null
                && result.GetValue(build) is null
                && !result.GetValue(renew)
            )
                result.AddError("Nothing to revoke: --leaf, --package, --plugin or --build; or --renew");
            if (result.GetValue(plugin) is null && (result.GetValue(from) ?? result.GetValue(to)) is not null)
                result.AddError("--from and --to belong to --plugin");
        });
        command.SetAction(parsed =>
            Run(
                new KeyFolder(parsed.GetValue(keys) ?? KeyFolder.DefaultPath, time),
                list =>
                    list with
                    {
                        Certificates = With(
                            list.Certificates,
                            parsed.GetValue(certificate)?.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant()
                        ),
                        Payloads = With(list.Payloads, Digest(parsed.GetValue(package))),
                        Builds = With(list.Builds, Checked("--build", parsed.GetValue(build), ManifestRules.IsId)),
                        Versions = With(list.Versions, Versions(parsed.GetValue(plugin), parsed.GetValue(from), parsed.GetValue(to))),
                    },
                TimeSpan.FromDays(parsed.GetValue(expires))
            )
        );
        return command;
    }

    private static int Run(KeyFolder folder, Func<RevocationList, RevocationList> change, TimeSpan life)
    {
        using var held = folder.Lock();
        var state = folder.ReadState();
        var current = folder.ReadRevocations(state);
        var next = change(current) with { Number = current.Number + 1, Issued = folder.Now, Expires = folder.Now + life };
        CheckSerials(folder, state, current, next);
        using var key = folder.ReadKey(state.ActiveIntermediate);
        using var signer = new PemSigner(
            CertificateChain.ToPem([folder.ReadCertificate(state.ActiveIntermediate)]),
            key.ExportPkcs8PrivateKeyPem()
        );

        // The number first: it may be skipped, but never given twice.
        var list = RevocationList.Write(next, signer);
        folder.WriteState(state with { RevocationNumber = next.Number });
        folder.StoreRevocations(list);
        Console.Out.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Revocation list {next.Number}, until {next.Expires:yyyy-MM-dd}: {next.Certificates.Count} certificates, {next.Payloads.Count} packages, {next.Versions.Count} version ranges, {next.Builds.Count} builds"
            )
        );
        Console.Out.WriteLine(folder.RevocationsFile);
        return 0;
    }

    private static void CheckSerials(KeyFolder folder, KeyState state, RevocationList current, RevocationList next)
    {
        foreach (var serial in next.Certificates.Except(current.Certificates))
        {
            var (name, _) = folder.ReadAll().FirstOrDefault(entry => KeyIssuance.SerialOf(entry.Certificate) == serial);
            if (name is null)
                throw new KmException(
                    new KmError(
                        ErrorCode.InvalidArguments,
                        $"No certificate here has the serial number {serial}",
                        Hint: "See: kmpkg keys list"
                    )
                );
            if (name == state.ActiveIntermediate)
                throw new KmException(
                    new KmError(
                        ErrorCode.InvalidArguments,
                        $"{name} signs the list, it cannot revoke itself",
                        Hint: "Make a new one first: kmpkg keys rotate"
                    )
                );
        }
    }

    private static string? Digest(string? text) =>
        Checked("--package", text?.ToLowerInvariant(), digest => digest is { Length: 64 } && digest.All(char.IsAsciiHexDigitLower));

    private static RevokedVersions? Versions(string? plugin, string? from, string? to) =>
        plugin is null
            ? null
            : new RevokedVersions
            {
                Name = Checked("--plugin", plugin, PluginName.IsValid)!,
                From = Checked("--from", from, text => SemanticVersion.TryParse(text, out _)),
                To = Checked("--to", to, text => SemanticVersion.TryParse(text, out _)),
            };

    private static string? Checked(string option, string? value, Func<string, bool> isValid) =>
        value is null || isValid(value)
            ? value
            : throw new KmException(
                new KmError(ErrorCode.InvalidArguments, $"{option}: '{value}' is not valid", Hint: "See: kmpkg keys revoke --help")
            );

    private static IReadOnlyList<T> With<T>(IReadOnlyList<T> list, T? more) => more is null || list.Contains(more) ? list : [.. list, more];
}
