using System.Security.Cryptography;
using System.Text;
using Kilometers.Files;

namespace Kilometers.Audit.Storage;

/// <summary>The user's key for heads and checkpoints: ECDSA on P-256 with SHA-256. Either both halves or the public one.</summary>
internal sealed class CheckpointKey : IDisposable
{
    private const int MaxFile = 4096;
    private const string P256 = "1.2.840.10045.3.1.7";
    private readonly ECDsa _key;

    private CheckpointKey(ECDsa key)
    {
        _key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>SHA-256 of the public key, lower-case hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>Reads the private key; makes one where that is allowed and there is none. The caller holds the writer's lock.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="mayMake">Whether the log is new. A later key would not fit what the lost one signed.</param>
    /// <exception cref="IOException">It is missing, not usable, not private, or does not fit the public key.</exception>
    public static CheckpointKey ForSigning(AuditPaths paths, bool mayMake)
    {
        if (!Path.Exists(paths.Key))
        {
            if (!mayMake || Path.Exists(paths.PublicKey))
                throw new IOException($"{paths.Key} is missing. To begin a new log, move the whole directory away.");
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);

            // Appears with all of its content and never replaces another one.
            PrivateFile.WriteNew(paths.Key, Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem() + "\n"));
        }

        if (FileRules.WhyNotPrivate(paths.Key) is { } why)
            throw new IOException($"{paths.Key}: {why}");
        var key = Import(PrivateFile.ReadAll(paths.Key, MaxFile))
            ?? throw new IOException($"{paths.Key} is not a usable key. To begin a new log, move the whole directory away.");
        try
        {
            // A crash may have come between the two files.
            if (!Path.Exists(paths.PublicKey))
                PrivateFile.WriteNew(paths.PublicKey, key.PublicPem());
            if (!PrivateFile.ReadAll(paths.PublicKey, MaxFile).AsSpan().SequenceEqual(key.PublicPem()))
                throw new IOException(
                    $"{paths.PublicKey} does not belong to {paths.Key}. To begin a new log, move the whole directory away."
                );
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <returns>Null if the bytes are not exactly a public key as we write it.</returns>
    public static CheckpointKey? ReadPublic(byte[] bytes)
    {
        if (Import(bytes) is not { } key)
            return null;
        if (bytes.AsSpan().SequenceEqual(key.PublicPem()))
            return key;
        key.Dispose();
        return null;
    }

    /// <returns>Null if it cannot be read as a private key.</returns>
    public static CheckpointKey? ReadPrivate(AuditPaths paths) => Import(PrivateFile.ReadAll(paths.Key, MaxFile));

    public static byte[] ReadPublicFile(AuditPaths paths) => PrivateFile.ReadAll(paths.PublicKey, MaxFile);

    public byte[] Sign(string text) => _key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256);

    public bool HasSigned(string text, byte[] signature) =>
        _key.VerifyData(Encoding.UTF8.GetBytes(text), signature, HashAlgorithmName.SHA256);

    public void Dispose() => _key.Dispose();

    private static CheckpointKey? Import(byte[] pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Encoding.UTF8.GetString(pem));
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256)
                return new CheckpointKey(key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            // Not a key, or one on an unknown curve, as the caller says.
        }

        key.Dispose();
        return null;
    }

    private byte[] PublicPem() => Encoding.ASCII.GetBytes(_key.ExportSubjectPublicKeyInfoPem() + "\n");
}
