using System.Security.Cryptography;
using System.Text;
using Kilometers.Files;

namespace Kilometers.Credentials;

/// <summary>
/// Encrypts small files so that a copy of them is worth nothing on another machine or for another user: AES-256-GCM with a key from the
/// machine's identity, the user, and a random salt. It does not protect from other processes of the same user. Layout: <c>KMBOX1</c>, salt (16), nonce (12),
/// tag (16), ciphertext.
/// </summary>
public static class MachineBoundEncryption
{
    private const int SaltSize = 16;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private static ReadOnlySpan<byte> Magic => "KMBOX1"u8;

    /// <param name="content">What to hide.</param>
    /// <param name="label">What it is: it is decrypted only under the label that it was encrypted with.</param>
    public static byte[] Encrypt(ReadOnlySpan<byte> content, string label)
    {
        var box = new byte[Magic.Length + SaltSize + NonceSize + TagSize + content.Length];
        Magic.CopyTo(box);
        var parts = Split(box);
        RandomNumberGenerator.Fill(parts.Salt);
        RandomNumberGenerator.Fill(parts.Nonce);
        using var aes = new AesGcm(Key(parts.Salt), TagSize);
        aes.Encrypt(parts.Nonce, content, parts.Content, parts.Tag, Encoding.UTF8.GetBytes(label));
        return box;
    }

    /// <returns>Null if it was not encrypted here or not under this label, or was changed.</returns>
    public static byte[]? Decrypt(byte[] box, string label)
    {
        if (box.Length < Magic.Length + SaltSize + NonceSize + TagSize || !box.AsSpan().StartsWith(Magic))
            return null;
        var parts = Split(box);
        var content = new byte[parts.Content.Length];
        try
        {
            using var aes = new AesGcm(Key(parts.Salt), TagSize);
            aes.Decrypt(parts.Nonce, parts.Content, parts.Tag, content, Encoding.UTF8.GetBytes(label));
            return content;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static Parts Split(Span<byte> box)
    {
        var rest = box[Magic.Length..];
        return new Parts
        {
            Salt = rest[..SaltSize],
            Nonce = rest.Slice(SaltSize, NonceSize),
            Tag = rest.Slice(SaltSize + NonceSize, TagSize),
            Content = rest[(SaltSize + NonceSize + TagSize)..],
        };
    }

    private static byte[] Key(ReadOnlySpan<byte> salt) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.UTF8.GetBytes($"{Machine()}\n{PrivateFile.CurrentUser()}\n{Environment.UserName}"),
            32,
            salt.ToArray(),
            "kilometers machine box"u8.ToArray()
        );

    /// <summary>What names this machine. Windows and macOS: the computer's name only; unproven.</summary>
    private static string Machine()
    {
        foreach (var file in new[] { "/etc/machine-id", "/var/lib/dbus/machine-id" })
        {
            try
            {
                if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } id)
                    return id;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next one, then.
            }
        }

        return Environment.MachineName;
    }

    private ref struct Parts
    {
        public Span<byte> Salt;
        public Span<byte> Nonce;
        public Span<byte> Tag;
        public Span<byte> Content;
    }
}
