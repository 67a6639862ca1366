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
        """;

    public static Command Create(TimeProvider time)
    {
        var keys = SignerOptions.CreateKeys();
        var command = new Command("rotate", Help) { keys };
        command.SetAction(parsed => Run(new KeyFolder(parsed.GetValue(keys) ?? KeyFolder.DefaultPath, time)));
        return command;
    }

    private static int Run(KeyFolder folder)
    {
        using var held = folder.Lock();
        var state = folder.ReadState();
        var intermediate = KeyIssuance.IssueIntermediate(folder, state.Organization);
        var next = state with { ActiveIntermediate = intermediate };
        next = next with { ActiveLeaf = KeyIssuance.IssueLeaf(folder, next, publicKey: null, notBefore: null, LeafCertificate.Life) };

        // Until here nothing has changed: certificates that the state does not name sign nothing.
        folder.WriteState(next);
        Console.Out.WriteLine($"{next.ActiveIntermediate} and {next.ActiveLeaf} sign from now on; {state.ActiveIntermediate} and {state.ActiveLeaf} stay valid.");
        Console.Out.WriteLine($"If they were lost: kmpkg keys revoke --certificate {KeyIssuance.SerialOf(folder.ReadCertificate(state.ActiveIntermediate))}");
        return 0;
    }
}
