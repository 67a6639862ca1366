using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Packager.Keys;
using Kilometers.Packager.Packing;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg keys leaf</c>: issues a new signer of packages.</summary>
internal static class KeysLeafCommand
{
    private const string Help = """
        Issue a new leaf under the active intermediate. It signs from now on; packages signed by the old one stay valid.

        For a key that lives in an HSM or at a key service, give its public half; the leaf is then used with `kmpkg sign --signer`.

        Examples:
          kmpkg keys leaf --days 90
          kmpkg keys leaf --public-key hsm-public.pem
        """;

    public static Command Create(TimeProvider time)
    {
        var keys = SignerOptions.CreateKeys();
        var publicKey = new Option<string?>("--public-key")
        {
            Description = "The public key of a pair that lives elsewhere, PEM, RSA of at least 3072 bits.",
            HelpName = "FILE",
        };
        var days = new Option<int>("--days")
        {
            Description = "How many days it is valid. Default: 365; never longer than the intermediate.",
            HelpName = "N",
            DefaultValueFactory = _ => (int)LeafCertificate.Life.TotalDays,
        };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 3650)
                result.AddError("--days: 1 to 3650");
        });
        var notBefore = new Option<string?>("--not-before")
        {
            Description = "From when it is valid, like 2030-01-31T00:00:00Z; for tests. Default: now.",
            HelpName = "TIME",
        };
        var km = SignerOptions.CreateKm("A leaf for releases of km itself, under their own intermediate.");
        var command = new Command("leaf", Help) { keys, publicKey, days, notBefore, km };
        command.SetAction(parsed =>
            Run(
                new KeyFolder(parsed.GetValue(keys) ?? KeyFolder.DefaultPath, time),
                parsed.GetValue(publicKey),
                parsed.GetValue(notBefore) is { } text ? BuildTime.Parse("--not-before", text) : null,
                TimeSpan.FromDays(parsed.GetValue(days)),
                parsed.GetValue(km) ? SignerRole.KmPublisher : SignerRole.Publisher
            )
        );
        return command;
    }

    private static int Run(KeyFolder folder, string? publicKeyFile, DateTimeOffset? notBefore, TimeSpan life, SignerRole role)
    {
        using var held = folder.Lock();
        var state = folder.ReadState();
        using var publicKey = publicKeyFile is null ? null : ReadPublicKey(publicKeyFile);
        var name = KeyIssuance.IssueLeaf(folder, state, role, publicKey, notBefore, life);
        if (publicKey is null)
            folder.WriteState(state.With(role, state.Intermediate(role)!, name));
        var leaf = folder.ReadCertificate(name);
        Console.Out.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Issued {name}, serial {KeyIssuance.SerialOf(leaf)}, valid until {leaf.NotAfter.ToUniversalTime():yyyy-MM-dd}"
            )
        );
        Console.Out.WriteLine(
            publicKey is null
                ? $"It signs from now on: kmpkg sign FILE{(role == SignerRole.KmPublisher ? " --km" : "")} --keys {folder.Path}"
                : $"Sign with it: kmpkg sign FILE --signer 'COMMAND' --certificate {folder.ChainOf(name)}"
        );
        return 0;
    }

    private static RSA ReadPublicKey(string file)
    {
        var key = RSA.Create();
        try
        {
            var pem = File.ReadAllText(file);
            if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
                throw new CryptographicException("it holds a private key; give only the public one");
            key.ImportFromPem(pem);
            if (key.KeySize >= CertificateChain.MinKey)
                return key;
            throw new CryptographicException($"it has {key.KeySize} bits, and {CertificateChain.MinKey} are the least");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw new KmException(
                new KmError(
                    ErrorCode.SigningKeys,
                    "The public key cannot be used",
                    $"{file}: {e.Message}",
                    "Give an RSA public key of at least 3072 bits in PEM form"
                )
            );
        }
    }
}
