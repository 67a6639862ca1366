using System.CommandLine;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
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

        Users see the name in every certificate. Without --organization, kmpkg asks for it; without a terminal it calls the keys after the user and
        the machine, as unnamed. Kilometers, and whatever looks like it, is the name of the root that is built into km.

        Example:
          kmpkg keys init --organization "Example Ltd"
        """;

    private static readonly string Rule = $"1 to {PublisherName.MaxLength} printable ASCII characters";

    public static Command Create(StandardError errors, TimeProvider time)
    {
        var keys = SignerOptions.CreateKeys();
        var organization = new Option<string?>("--organization")
        {
            Description = "Whose keys they are: your name or your company's.",
            HelpName = "NAME",
        };
        var kilometers = new Option<bool>("--kilometers")
        {
            Description = "Name the root Kilometers: only for the root that is built into a km, see eng/publish.sh.",
        };
        organization.Validators.Add(result =>
        {
            if (WhyNot(result.GetValueOrDefault<string?>()) is { } why)
                result.AddError($"--organization: {why}");
        });
        var release = new Option<bool>("--release")
        {
            Description = "Make a root for releases: what is signed under it runs without a warning.",
        };
        var force = new Option<bool>("--force") { Description = "Make the keys even inside a git repository." };
        var command = new Command("init", Help) { keys, organization, kilometers, release, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(kilometers) && result.GetResult(organization) is not null)
                result.AddError("--kilometers and --organization contradict each other");
        });
        command.SetAction(parsed =>
            Run(
                new KeyFolder(parsed.GetValue(keys) ?? KeyFolder.DefaultPath, time),
                parsed.GetValue(kilometers) ? PublisherName.Kilometers : parsed.GetValue(organization),
                parsed.GetValue(release),
                parsed.GetValue(force),
                errors
            )
        );
        return command;
    }

    /// <summary>Why a publisher cannot have a name; null if they can.</summary>
    private static string? WhyNot(string? name) =>
        !PublisherName.IsValid(name) ? Rule
        : PublisherName.LooksLikeKilometers(name!)
            ? $"'{name}' looks like {PublisherName.Kilometers}, which is the name of the root that is built into km; use your own"
        : null;

    /// <summary>Asks on the terminal; null where there is none.</summary>
    private static string? Ask(StandardError errors)
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
            return null;
        errors.Prompt("Whose keys are these, your name or your company's? ");
        var name = WrittenText.Trim(Console.ReadLine());
        return WhyNot(name) is not { } why
            ? name
            : throw new KmException(
                new KmError(ErrorCode.InvalidArguments, $"This cannot be the name: {why}", Hint: "See: kmpkg keys init --help")
            );
    }

    private static int Run(KeyFolder folder, string? given, bool isRelease, bool force, StandardError errors)
    {
        if (!force)
            RepositoryGuard.Check(folder.Path);
        using var held = folder.Lock();
        if (folder.Exists || folder.HasKey("root"))
            throw folder.Fault("it holds keys already, which are never overwritten");
        var named = given ?? Ask(errors);
        var state = KeyIssuance.Create(folder, named ?? PublisherName.Unnamed(), isDevelopment: !isRelease);
        folder.WriteState(state);
        Console.Out.WriteLine($"Made keys in {folder.Path}");
        Console.Out.WriteLine($"  root         {folder.RootFile}{(isRelease ? "" : $"   ({TrustRoot.DevelopmentUnit})")}");
        Console.Out.WriteLine($"  name         {state.Organization}");
        Console.Out.WriteLine($"  fingerprint  {folder.ReadRoot().Fingerprint}");
        if (named is null)
            Console.Out.WriteLine("No name was given. To have keys with one, make others: kmpkg keys init --keys DIR --organization NAME");
        Console.Out.WriteLine(
            isRelease
                ? "Next: move root/key.pem to a safe place offline, and publish the root's certificate and fingerprint."
                : "Next: kmpkg pack --sign; on a machine that is to run the plugins: km trust add cert.pem"
        );
        return 0;
    }
}
