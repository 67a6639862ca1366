using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Credentials;

/// <summary>
/// The last resort: a file for the user alone, encrypted with a key that this machine and this user give. That is obfuscation: a copy of the
/// file is worth nothing elsewhere, but any program that runs as this user here can read it.
/// </summary>
/// <param name="folder">Where its files are.</param>
/// <param name="kind">What is kept.</param>
public sealed class CredentialFile(string folder, SecretKind kind) : ICredentialStore
{
    private const int MaxSize = 256 * 1024;

    /// <inheritdoc/>
    public string Name => $"the file {folder} (obfuscated: bound to this machine and user)";

    public string? Get(string address)
    {
        try
        {
            var content = PrivateFile.ReadTrusted(PathOf(address), MaxSize);
            return MachineBoundEncryption.Decrypt(content, Label(address)) is { } secret
                ? Encoding.ASCII.GetString(secret)
                : throw Failed("It was written on another machine, by another user, or is damaged.");
        }
        catch (IOException) when (!File.Exists(PathOf(address)))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message);
        }
    }

    public void Store(string address, string secret)
    {
        try
        {
            PrivateFile.Replace(PathOf(address), MachineBoundEncryption.Encrypt(Encoding.ASCII.GetBytes(secret), Label(address)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message);
        }
    }

    public void Erase(string address)
    {
        try
        {
            if (Directory.Exists(folder))
                File.Delete(PathOf(address));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message);
        }
    }

    private string PathOf(string address) =>
        Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address)))[..16] + kind.FileSuffix);

    private string Label(string address) => $"{kind.Label} {address}";

    private KmException Failed(string why) =>
        new(
            new KmError(
                ErrorCode.CredentialStore,
                $"{char.ToUpperInvariant(kind.Noun[0])}{kind.Noun[1..]} cannot be kept or read",
                why,
                kind.Hint
            )
        );
}
