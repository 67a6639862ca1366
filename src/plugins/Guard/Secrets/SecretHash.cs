using System.Security.Cryptography;
using System.Text;
using Kilometers.Files;

namespace Kilometers.Plugins.Guard.Secrets;

/// <summary>
/// Recognises a secret that was seen before, without keeping it: a hash with a key that never leaves this machine, so that nobody can try
/// out card numbers or passwords on what is stored. Without the key, the same secret is a new one.
/// </summary>
/// <param name="folder">Where the key is; made when the first secret is found.</param>
internal sealed class SecretHash(string folder)
{
    private const int KeySize = 32;
    private const int MaxFile = 4096;
    private const int MaxAttempts = 4;
    private readonly Lazy<byte[]> _key = new(() => ReadKey(Path.Combine(folder, "key")));

    /// <summary>The hash of a secret, 16 hexadecimal digits.</summary>
    public string Of(string secret) => Convert.ToHexStringLower(HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(secret)))[..16];

    /// <summary>The key of the file; where it can be neither read nor made, one for this process: a finding is worth more than its hash.</summary>
    private static byte[] ReadKey(string file)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            try
            {
                if (PrivateFile.ReadAll(file, MaxFile) is { Length: KeySize } key)
                    return key;
                File.Delete(file);
            }
            catch (FileNotFoundException) { }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                break;
            }

            try
            {
                PrivateFile.WriteNew(file, RandomNumberGenerator.GetBytes(KeySize));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Perhaps another process was first: then its key is the one.
            }
        }

        return RandomNumberGenerator.GetBytes(KeySize);
    }
}
