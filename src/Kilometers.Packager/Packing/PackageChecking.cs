using System.CommandLine;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Packager.Keys;
using Kilometers.Packager.Output;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packager.Packing;

/// <summary>
/// Verifies a package as its publisher would: under the roots given, else under the root of the folder of keys. What km trusts on this
/// machine is not asked, nor whether the package would run here.
/// </summary>
internal sealed class PackageChecking
{
    private const long MaxRoot = 64 * 1024;
    private readonly Option<string[]> _roots = new("--root")
    {
        Description = "A root certificate to trust, PEM; may be repeated. Default: the root of the folder of keys.",
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<string?> _revocations = new("--revocations")
    {
        Description = "A revocation list. Default: that of the folder of keys, unless --root is given.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _keys = SignerOptions.CreateKeys();

    public void AddTo(Command command)
    {
        command.Options.Add(_roots);
        command.Options.Add(_revocations);
        command.Options.Add(_keys);
    }

    /// <exception cref="KmException">A root or a list cannot be used, or the package not be read.</exception>
    public PackageVerification Verify(string file, ParseResult parsed, TimeProvider time, CancellationToken cancellationToken)
    {
        var verifier = new PackageVerifier(Policy(parsed, time));
        using var package = PackageFile.Open(file);
        using var copy = ScratchFile.Create();
        using var progress = ByteProgress.ToTerminal("Verifying", package.Length, time);
        return verifier.Verify(package, copy, directory: null, progress, cancellationToken);
    }

    private VerificationPolicy Policy(ParseResult parsed, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var folder = new KeyFolder(parsed.GetValue(_keys) ?? KeyFolder.DefaultPath, time);
        var files = parsed.GetValue(_roots) ?? [];
        IReadOnlyList<TrustRoot> roots =
            files.Length > 0 ? [.. files.Select(ReadRoot)]
            : folder.Exists ? [folder.ReadRoot()]
            : [];
        var revocations =
            parsed.GetValue(_revocations) is { } list
                ? RevocationList.Read(Read(list, RevocationList.MaxSize, ErrorCode.RevocationList), roots, now)
            : files.Length == 0 && folder.Exists ? folder.ReadRevocations(folder.ReadState())
            : RevocationList.Empty;
        return new VerificationPolicy
        {
            Kind = null,
            Roots = roots,
            Revocations = revocations,
            Now = now,
        };
    }

    private static TrustRoot ReadRoot(string file) =>
        TrustRoot.Read(System.Text.Encoding.UTF8.GetString(Read(file, MaxRoot, ErrorCode.InvalidTrustRoot)), file);

    private static byte[] Read(string file, long limit, string code)
    {
        try
        {
            return new FileInfo(file).Length <= limit
                ? File.ReadAllBytes(file)
                : throw new PackageFormatException(code, $"{file} is too large");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PackageFormatException(code, e.Message);
        }
    }
}
