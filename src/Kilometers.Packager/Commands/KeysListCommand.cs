using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Kilometers.Packager.Keys;
using Kilometers.Packager.Output;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg keys list</c>: what there is, until when, in which state.</summary>
internal static class KeysListCommand
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    public static Command Create(TimeProvider time)
    {
        var keys = SignerOptions.CreateKeys();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("list", "List the certificates, until when they are valid, and in which state they are.") { keys, json };
        command.SetAction(parsed => Run(new KeyFolder(parsed.GetValue(keys) ?? KeyFolder.DefaultPath, time), parsed.GetValue(json)));
        return command;
    }

    private static int Run(KeyFolder folder, bool asJson)
    {
        var state = folder.ReadState();
        var revocations = folder.ReadRevocations(state);
        var rows = new List<KeyRow> { Row(folder, "root", folder.ReadCertificate("root"), "trusted") };
        rows.AddRange(
            folder
                .ReadAll()
                .Select(entry =>
                    Row(
                        folder,
                        entry.Name,
                        entry.Certificate,
                        revocations.Certificates.Contains(KeyIssuance.SerialOf(entry.Certificate)) ? "revoked"
                            : state.IsActive(entry.Name) ? "active"
                            : "valid"
                    )
                )
        );
        var listing = new KeyListing(
            folder.Path,
            folder.ReadRoot().Fingerprint,
            rows,
            revocations.Number,
            revocations.Number == 0 ? null : revocations.Expires
        );
        if (asJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(listing, OutputJsonContext.Default.KeyListing));
            return 0;
        }

        Console.Out.WriteLine($"{"NAME", -18} {"SERIAL", -32} {"UNTIL", -10} {"KEY", -9} STATE");
        foreach (var row in rows)
            Console.Out.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Name, -18} {row.Serial, -32} {row.NotAfter:yyyy-MM-dd} {(row.HasKey ? "here" : "elsewhere"), -9} {row.State}"
                )
            );
        Console.Out.WriteLine(
            revocations.Number == 0
                ? "No revocation list yet."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"Revocation list {revocations.Number}, until {revocations.Expires:yyyy-MM-dd}{(revocations.Expires < folder.Now ? ", which is past: kmpkg keys revoke --renew" : "")}"
                )
        );
        return 0;
    }

    private static KeyRow Row(KeyFolder folder, string name, X509Certificate2 certificate, string state)
    {
        DateTimeOffset notAfter = certificate.NotAfter.ToUniversalTime();
        DateTimeOffset notBefore = certificate.NotBefore.ToUniversalTime();
        var shown =
            state == "revoked" ? state
            : notAfter <= folder.Now ? "expired"
            : notBefore > folder.Now ? "not yet valid"
            : notAfter - folder.Now < Soon ? $"{state}, expires soon"
            : state;
        return new KeyRow(name, KeyIssuance.SerialOf(certificate), notBefore, notAfter, folder.HasKey(name), shown);
    }
}
