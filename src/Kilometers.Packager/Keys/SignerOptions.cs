using System.CommandLine;
using Kilometers.Contracts;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Keys;

/// <summary>The options by which a command is told who signs.</summary>
internal sealed class SignerOptions
{
    private readonly Option<string?> _command = new("--signer")
    {
        Description =
            "A command that signs: it reads a digest of 32 bytes from its standard input and writes the signature to its standard output. It runs without a shell.",
        HelpName = "COMMAND",
    };

    private readonly Option<string?> _certificate = new("--certificate")
    {
        Description = "With --signer: the key's certificate and those above it, PEM.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _km = CreateKm("Sign a release of km itself. Its keys are not those of plugins.");

    /// <summary>Where the keys are.</summary>
    public Option<string?> Keys { get; } = CreateKeys();

    public static Option<string?> CreateKeys() =>
        new("--keys") { Description = "The folder of keys. Default: KM_KEYS, else ~/.config/kilometers/keys.", HelpName = "DIR" };

    public static Option<bool> CreateKm(string description) => new("--km") { Description = description };

    public void AddTo(Command command)
    {
        command.Options.Add(Keys);
        command.Options.Add(_command);
        command.Options.Add(_certificate);
        command.Options.Add(_km);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(_command) is null) != (result.GetValue(_certificate) is null))
                result.AddError("--signer and --certificate belong together");
        });
    }

    /// <summary>Whether a signer was named, not only a folder.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_command) is not null;

    public KeyFolder Folder(ParseResult parsed, TimeProvider time) => new(parsed.GetValue(Keys) ?? KeyFolder.DefaultPath, time);

    /// <summary>Who signs.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c> or <c>KEY_SGN_001</c>: nobody can.</exception>
    public ISigner Resolve(ParseResult parsed, TimeProvider time)
    {
        if (parsed.GetValue(_command) is not { } command)
            return KeyIssuance.ActiveSigner(Folder(parsed, time), parsed.GetValue(_km) ? SignerRole.KmPublisher : SignerRole.Publisher);
        var file = parsed.GetValue(_certificate)!;
        try
        {
            return new ExternalSigner(command, File.ReadAllText(file), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(ErrorCode.SigningKeys, "The signer's certificates cannot be read", e.Message, "Check --certificate")
            );
        }
    }
}
