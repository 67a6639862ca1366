using System.CommandLine;
using Kilometers.Packager.Keys;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg keys init</c>: makes a folder of keys.</summary>
internal static class KeysInitCommand
{
    private const string Help = """
        Make a root; an intermediate and a leaf that sign plugins; the same for releases of km itself (km-…); and the issuer of customers' seals.

        A server that signs plugins never needs the km-… keys: leave them out of what you bring there.

        The root is one for development unless --release is given: plugins signed under it run with a warning. Keep the key of a release root
        (root/key.pem) offline; only `kmpkg keys rotate` needs it again.

        Example:
          kmpkg keys init --organization "Example Ltd"
        """;

    public static Command Create(TimeProvider time)
    {
        var keys = SignerOptions.CreateKeys();
        var organization = new Option<string>("--organization") { Description = "Whose keys they are; stands in every certificate. Default: Kilometers.", HelpName = "NAME", DefaultValueFactory = _ => "Kilometers" };
        organization.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: >= 1 and <= 40 } name || name.Any(c => char.IsControl(c) || c > '~')) result.AddError("--organization: 1 to 40 printable ASCII characters");
        });
        var release = new Option<bool>("--release") { Description = "Make a root for releases: what is signed under it runs without a warning." };
        var force = new Option<bool>("--force") { Description = "Make the keys even inside a git repository." };
        var command = new Command("init", Help) { keys, organization, release, force };
        command.SetAction(parsed => Run(new KeyFolder(parsed.GetValue(keys) ?? KeyFolder.DefaultPath, time), parsed.GetValue(organization)!, parsed.GetValue(release), parsed.GetValue(force)));
        return command;
    }

    private static int Run(KeyFolder folder, string organization, bool isRelease, bool force)
    {
        if (!force) RepositoryGuard.Check(folder.Path);
        using var held = folder.Lock();
        if (folder.Exists || folder.HasKey("root")) throw folder.Fault("it holds keys already, which are never overwritten");
        var state = KeyIssuance.Create(folder, organization, isDevelopment: !isRelease);
        folder.WriteState(state);
        Console.Out.WriteLine($"Made keys in {folder.Path}");
        Console.Out.WriteLine($"  root         {folder.RootFile}{(isRelease ? "" : $"   ({TrustRoot.DevelopmentUnit})")}");
        Console.Out.WriteLine($"  fingerprint  {folder.ReadRoot().Fingerprint}");
        Console.Out.WriteLine(isRelease
            ? "Next: move root/key.pem to a safe place offline, and publish the root's certificate and fingerprint."
            : "Next: kmpkg pack --sign; on a machine that is to run the plugins: km trust add cert.pem");
        return 0;
    }
}
