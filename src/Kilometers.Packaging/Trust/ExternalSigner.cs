using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.Packaging.Trust;

/// <summary>
/// Signs with a command that reaches a key which is not ours to hold: in an HSM, or at a key service. The command gets the 32 bytes of the
/// digest on its standard input and gives the signature, and nothing else, on its standard output. No shell is involved.
/// </summary>
public sealed class ExternalSigner : ISigner
{
    private const int MaxAnswerBytes = 4096;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly IReadOnlyList<string> _command;
    private readonly TimeProvider _time;

    /// <summary>Creates a signer; the command is run when something is to be signed.</summary>
    /// <param name="command">The command and its arguments in one text: words apart by blanks, quoted as for a shell.</param>
    /// <param name="chainPem">The key's certificate and those above it.</param>
    /// <param name="time">Measures the limit of 30 seconds.</param>
    /// <exception cref="KmException"><c>KEY_SGN_001</c>: the command is none. <c>KEY_STO_001</c>: the certificates are none.</exception>
    public ExternalSigner(string command, string chainPem, TimeProvider time)
    {
        _command = CommandWords.Split(command) ?? throw Fault("The command is empty, or a quote in it does not end.");
        _time = time;
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(chainPem);
        }
        catch (CryptographicException)
        {
            certificates.Clear();
        }

        if (certificates.Count == 0)
            throw new KmException(
                new KmError(
                    ErrorCode.SigningKeys,
                    "The signer's certificates cannot be read",
                    Hint: "Give a PEM file with the signer's certificate first, then those above it"
                )
            );
        Certificate = certificates[0];
        ChainPem = CertificateChain.ToPem(certificates);
    }

    /// <inheritdoc/>
    public X509Certificate2 Certificate { get; }

    /// <inheritdoc/>
    public string ChainPem { get; }

    /// <inheritdoc/>
    /// <exception cref="KmException"><c>KEY_SGN_001</c>: the command failed, took too long, or gave something else than a valid signature.</exception>
    public byte[] SignDigest(byte[] digest)
    {
        var signature = Sign(digest);
        using var key = Certificate.GetRSAPublicKey();
        return key is not null && key.VerifyHash(digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)
            ? signature
            : throw Fault(
                $"It gave {signature.Length} bytes that are not an RSASSA-PSS signature (SHA-256, salt of 32 bytes) of the certificate's key over the digest."
            );
    }

    private byte[] Sign(byte[] digest)
    {
        var command = new ChildCommand { FileName = _command[0], Arguments = [.. _command.Skip(1)] };
        try
        {
            // One byte more is enough to see that it was too much.
            var result = new Tool(command, Limit, MaxAnswerBytes + 1, _time).Run(digest);
            if (result.WhyKilled is { } whyKilled)
                throw Fault(whyKilled);
            return result.IsSuccess ? result.Output : throw Fault($"It ended with {result.Status}.\n{Words(result.Errors)}");
        }
        catch (ChildStartException e)
        {
            throw Fault($"{_command[0]}: {e.Message}");
        }
    }

    /// <summary>What it complained of, unable to move a terminal's cursor.</summary>
    private static string Words(byte[] text) =>
        string.Concat(
            Encoding
                .UTF8.GetString(text)
                .Trim()
                .Select(c => c != '\n' && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format ? '?' : c)
        );

    private static KmException Fault(string why) =>
        new(
            new KmError(
                ErrorCode.ExternalSigner,
                "The signing command gave no valid signature",
                why,
                "Run it by hand with a digest of 32 bytes on its standard input; it must print the signature and nothing else"
            )
        );
}
