using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Packager.Output;
using Kilometers.Packager.Packing;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg verify</c>: takes a package through every gate.</summary>
internal static class VerifyCommand
{
    private const string Help = """
        Verify a package: signature, chain, manifest, revocation, payload, files, seal. Exit status 0 only if every gate was passed.

        Whether it would run on this machine is not asked, nor what km trusts here: `km plugins verify` does that.

        Examples:
          kmpkg verify km-plugin-my-logger-1a2b3c4d.kmpkg
          kmpkg verify FILE --root root.pem --revocations revocations.json
        """;

    public static Command Create(StandardError errors, TimeProvider time)
    {
        var file = new Argument<string>("FILE") { Description = "The package." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("verify", Help) { file, json };
        var checking = new PackageChecking();
        checking.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var path = parsed.GetValue(file)!;
                var verification = checking.Verify(path, parsed, time, cancellationToken);
                if (parsed.GetValue(json))
                {
                    Console.Out.WriteLine(PackageReports.ToJson(PackageReports.Of(path, verification)));
                    return Task.FromResult(verification.IsVerified ? 0 : 1);
                }

                PackageReports.PrintGates(verification);
                return Task.FromResult(PackageReports.Conclude(verification, errors));
            }
        );
        return command;
    }
}
