using System.CommandLine;
using Kilometers.Packager.Keys;
using Kilometers.Packager.Output;
using Kilometers.Packager.Packing;
using Kilometers.Packaging.Building;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg sign</c>: signs a package in its place.</summary>
internal static class SignCommand
{
    private const string Help = """
        Sign a package, also one that was signed before. Everything in it is checked first; a broken package is not signed. The file is
        replaced at once: there is the old one or the new one, never half of it.

        Examples:
          kmpkg sign km-plugin-my-logger-1a2b3c4d.kmpkg
          kmpkg sign --km km-1a2b3c4d.kmpkg
          kmpkg sign FILE --certificate chain.pem --signer 'openssl pkeyutl -sign -inkey leaf.pem -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32'
        """;

    public static Command Create(TimeProvider time)
    {
        var file = new Argument<string>("FILE") { Description = "The package." };
        var command = new Command("sign", Help) { file };
        var signer = new SignerOptions();
        signer.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.FromResult(Run(parsed.GetValue(file)!, signer.Resolve(parsed, time), time, cancellationToken))
        );
        return command;
    }

    private static int Run(string file, ISigner signer, TimeProvider time, CancellationToken cancellationToken)
    {
        using var package = PackageFile.Open(file);
        var name = "";
        PackageFile.Replace(file, signed =>
        {
            using var progress = ByteProgress.ToTerminal("Signing", package.Length, time);
            var manifest = PackageSigning.Sign(package, signer, signed, progress, cancellationToken);
            name = $"{manifest.Name} {manifest.Version}";
        });
        Console.Out.WriteLine(
            $"Signed {name} as {signer.Certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, forIssuer: false)}, serial {KeyIssuance.SerialOf(signer.Certificate)}"
        );
        Console.Out.WriteLine(file);
        return 0;
    }
}
