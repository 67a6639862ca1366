using System.CommandLine;
using System.Runtime.InteropServices;
using Kilometers.Cli.Output;
using Kilometers.Contracts.Packages;
using Kilometers.Files;
using Kilometers.Packager.Conformance;
using Kilometers.Packager.Keys;
using Kilometers.Packager.Output;
using Kilometers.Packager.Packing;
using Kilometers.Packaging.Building;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg pack</c>: makes a package of a built plugin.</summary>
internal static class PackCommand
{
    private const string Help = """
        Make a package of a built plugin. The same files give the same payload, byte for byte.

        A plugin for this machine is started once: one that does not start, or is not what its manifest says, is not packed. Without --sign the
        package is unsigned; km refuses to run it until you sign it with `kmpkg sign`. The last line printed is the package's path.

        Examples:
          kmpkg pack --manifest manifest.json --payload out --sign
          kmpkg pack --manifest manifest.json --payload out --output packages/ --sign --signer 'my-hsm sign' --certificate chain.pem
          kmpkg pack --manifest manifest.json --payload out --sign --customer c_1 --build b_1 --key-id k1 --issuer https://api.example.com
        """;

    public static Command Create(StandardError errors, TimeProvider time)
    {
        var manifest = new Option<string>("--manifest")
        {
            Description = "The plugin's manifest.json.",
            HelpName = "FILE",
            Required = true,
        };
        var payload = new Option<string>("--payload")
        {
            Description = "The folder of the plugin's files; all of them are packed.",
            HelpName = "DIR",
            Required = true,
        };
        var os = Choice("--os", "The system that it was built for. Default: this one.", "linux", "macos", "windows");
        var arch = Choice("--arch", "The processor that it was built for. Default: this one.", "x64", "arm64");
        var tier = Text(
            "--tier",
            "The tier that it requires: Free, Pro or Enterprise; not below the manifest's. Default: the manifest's.",
            "TIER"
        );
        var customer = Text("--customer", "The only customer that may run it. Default: everybody may.", "ID");
        var build = Text("--build", "The id of this build for the customer; it can be revoked alone.", "ID");
        var keyId = Text("--key-id", "The public part of the customer's API key, never the key itself.", "ID");
        var issuer = Text("--issuer", "Who issues the customer's entitlements.", "URL");
        var issuerKey = Text("--issuer-key", "The issuer's private key. Default: issuer/key.pem in the folder of keys.", "FILE");
        var source = Text("--source", "Where the source code is.", "URL");
        var commit = Text("--commit", "The commit that it was built from.", "HASH");
        var builtAt = Text("--time", "When it was built. Default: SOURCE_DATE_EPOCH, else the commit's time, else now.", "TIME");
        var output = new Option<string>("--output", "-o")
        {
            Description =
                "A folder, where it is named km-plugin-NAME-HASH.kmpkg, or a file that ends with .kmpkg. Default: the current folder.",
            HelpName = "PATH",
            DefaultValueFactory = _ => ".",
        };
        var sign = new Option<bool>("--sign") { Description = "Sign it, with the active leaf of the folder of keys or as --signer says." };
        var noStart = new Option<bool>("--no-start")
        {
            Description = "Do not start the plugin, as with KM_TEST_START=false. One for another machine is never started.",
        };
        var mustStart = new Option<bool>("--must-start")
        {
            Description =
                "Refuse a plugin that starts here and then fails. By default that is a warning, because it may need something that this machine does not have. A plugin that cannot be executed, or contradicts its manifest, is always refused.",
        };
        var command = new Command("pack", Help)
        {
            manifest,
            payload,
            os,
            arch,
            tier,
            customer,
            build,
            keyId,
            issuer,
            issuerKey,
            source,
            commit,
            builtAt,
            output,
            sign,
            noStart,
            mustStart,
        };
        var signer = new SignerOptions();
        signer.AddTo(command);
        command.Validators.Add(result =>
        {
            Option<string?>[] others = [build, keyId, issuer];
            if (others.Any(option => (result.GetValue(option) is null) != (result.GetValue(customer) is null)))
                result.AddError("--customer, --build, --key-id and --issuer belong together");
        });
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    new PackRequest
                    {
                        Manifest = parsed.GetValue(manifest)!,
                        Payload = parsed.GetValue(payload)!,
                        Os = parsed.GetValue(os) ?? ThisOs,
                        Arch = parsed.GetValue(arch) ?? ThisArch,
                        Tier = parsed.GetValue(tier),
                        Customer = parsed.GetValue(customer),
                        Build = parsed.GetValue(build),
                        KeyId = parsed.GetValue(keyId),
                        Issuer = parsed.GetValue(issuer),
                        IssuerKey = parsed.GetValue(issuerKey) ?? signer.Folder(parsed, time).IssuerKeyFile,
                        Source = parsed.GetValue(source) ?? "",
                        Commit = parsed.GetValue(commit) ?? "",
                        Time = parsed.GetValue(builtAt),
                    },
                    parsed.GetValue(output)!,
                    parsed.GetValue(sign) || signer.IsGiven(parsed) ? () => signer.Resolve(parsed, time) : null,
                    mustStart: parsed.GetValue(mustStart),
                    isStarted: !parsed.GetValue(noStart) && Environment.GetEnvironmentVariable("KM_TEST_START") != "false",
                    errors,
                    time,
                    cancellationToken
                )
        );
        return command;
    }

    private static string ThisOs =>
        OperatingSystem.IsWindows() ? "windows"
        : OperatingSystem.IsMacOS() ? "macos"
        : "linux";

    private static string ThisArch => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";

    private static async Task<int> RunAsync(
        PackRequest request,
        string output,
        Func<Packaging.Trust.ISigner>? signer,
        bool mustStart,
        bool isStarted,
        StandardError errors,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        // Who cannot sign shall know before the work, not after it.
        var by = signer?.Invoke();
        var source = SourceReader.Read(request, time);
        using var payload = ScratchFile.Create();
        PackageDraft draft;
        using (var progress = ByteProgress.ToTerminal("Packing", SizeOf(source), time))
            draft = PackageBuilder.Build(source, payload, progress);
        isStarted = isStarted && draft.Manifest.Name != KmRelease.Name && (request.Os, request.Arch) == (ThisOs, ThisArch);
        var (said, failure) = isStarted
            ? await PackedStart.TryAsync(draft, payload, mustStart, time, cancellationToken).ConfigureAwait(false)
            : default;
        if (failure is not null)
            errors.Warn(failure);
        var path =
            output.EndsWith(".kmpkg", StringComparison.Ordinal) && !Directory.Exists(output)
                ? output
                : Path.Combine(output, draft.FileName);
        PackageFile.Replace(path, package =>
        {
            if (by is null)
                draft.WriteUnsigned(package, payload);
            else
                draft.WriteSigned(package, payload, by);
        });
        Console.Out.WriteLine(
            $"Packed {draft.Manifest.Name} {draft.Manifest.Version} for {draft.Manifest.Os}-{draft.Manifest.Arch}{(draft.Manifest.Customer is { } customer ? $", customer {customer.Id}" : "")}: {draft.Manifest.Files.Count} files, payload {draft.PayloadDigest}"
        );
        Console.Out.WriteLine(
            failure is not null ? $"Started once, and failed: {failure.Code}"
            : said is null ? "Not started. To try it: kmpkg test"
            : $"Started once: {said}"
        );
        if (by is null)
            Console.Out.WriteLine("Not signed yet: kmpkg sign FILE");
        Console.Out.WriteLine(path);
        return 0;
    }

    private static long SizeOf(PackageSource source) =>
        source.Files.Sum(file =>
        {
            using var content = file.Content();
            return content.Length;
        });

    private static Option<string?> Text(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName };

    private static Option<string?> Choice(string name, string description, params string[] choices)
    {
        var option = new Option<string?>(name)
        {
            Description = $"{string.Join(", ", choices)}. {description}",
            HelpName = name.TrimStart('-').ToUpperInvariant(),
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } value && !choices.Contains(value))
                result.AddError($"{name}: '{value}' is not one of {string.Join(", ", choices)}");
        });
        return option;
    }
}
