using System.CommandLine;
using Kilometers.Packager.Keys;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg keys rotate</c>: a new intermediate and a new leaf.</summary>
internal static class KeysRotateCommand
{
    private const string Help = """
        Make a new intermediate and a new leaf, which sign from now on. The old ones stay valid: nothing that they signed is refused until
        they expire or are revoked. Needs the root's key; put root/key.pem back for as long as it takes.

        With --km it is those for releases of km itself, which a folder made by an older kmpkg does not have yet.
        """;

    public static Command Create(TimeProvider time)
    {
        var keys = SignerOptions.CreateKeys();
        var km = SignerOptions.CreateKm("The keys for releases of km itself.");
        var command = new Command("rotate", Help) { keys, km };
        command.SetAction(parsed =>
            Run(
                new KeyFolder(parsed.GetValue(keys) ?? KeyFolder.DefaultPath, time),
                parsed.GetValue(km) ? SignerRole.KmPublisher : SignerRole.Publisher
            )
        );
        return command;
    }

    private static int Run(KeyFolder folder, SignerRole role)
    {
        using var held = folder.Lock();
        var state = folder.ReadState();
        var next = KeyIssuance.Renew(folder, state, role);

        // Until here nothing has changed: certificates that the state does not name sign nothing.
        folder.WriteState(next);
        if (state.Intermediate(role) is not { } earlier)
        {
            Console.Out.WriteLine($"{next.Intermediate(role)} and {next.Leaf(role)} sign releases of km from now on: kmpkg sign FILE --km");
            return 0;
        }

        Console.Out.WriteLine(
            $"{next.Intermediate(role)} and {next.Leaf(role)} sign from now on; {earlier} and {state.Leaf(role)} stay valid."
        );
        Console.Out.WriteLine(
            $"If they were lost: kmpkg keys revoke --certificate {KeyIssuance.SerialOf(folder.ReadCertificate(earlier))}"
        );
        return 0;
    }
}
