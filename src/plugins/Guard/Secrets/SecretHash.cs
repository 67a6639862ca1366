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
    private readonly Lazy<byte[]> _key = new(() => ReadKey(Path.Combine(folder, "key")));

    /// <summary>The hash of a secret, 16 hexadecimal digits.</summary>
    public string Of(string secret) => Convert.ToHexStringLower(HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(secret)))[..16];

    private static byte[] ReadKey(string file)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (PrivateFile.ReadAll(file, KeySize) is { Length: KeySize } key)
                    return key;
                File.Delete(file);
            }
            catch (FileNotFoundException) { }

            try
            {
                PrivateFile.WriteNew(file, RandomNumberGenerator.GetBytes(KeySize));
            }
            catch (IOException) when (attempt < 3)
            {
                // Another process was first: its key is the one.
            }
        }
    }
}
