using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packaging.Trust;

/// <summary>
/// A Dead Simple Signing Envelope (github.com/secure-systems-lab/dsse, version 1.0.2) with exactly one signature, RSASSA-PSS with
/// SHA-256 and a salt as long as the digest. Of the many ways to write the same envelope as JSON one is accepted: what no signature covers
/// (white space, order, the key's name) cannot be changed either.
/// </summary>
public sealed record DsseEnvelope
{
    /// <summary>What kind of content is signed.</summary>
    [JsonPropertyName("payloadType")]
    public required string PayloadType { get; init; }

    /// <summary>The content: the exact bytes that were signed.</summary>
    [JsonPropertyName("payload")]
    public required byte[] Payload { get; init; }

    /// <summary>The signatures. More or fewer than one are refused.</summary>
    [JsonPropertyName("signatures")]
    public required IReadOnlyList<DsseSignature> Signatures { get; init; }

    /// <summary>Reads an envelope.</summary>
    /// <param name="json">UTF-8.</param>
    /// <returns>The envelope; nothing about its signature is known yet.</returns>
    /// <exception cref="PackageFormatException">It is none (<c>PLG_SIG_001</c>), or has no signature (<c>PLG_SIG_002</c>).</exception>
    public static DsseEnvelope Read(ReadOnlySpan<byte> json)
    {
        var envelope = Parse(json);
        return envelope.Signatures switch
        {
            [] => throw new PackageFormatException(ErrorCode.Unsigned, "The package is not signed"),
            [{ Signature.Length: > 0 }] => json.SequenceEqual(envelope.Write())
                ? envelope
                : throw new PackageFormatException(ErrorCode.InvalidSignature, "The attestation is not written in the one accepted form"),
            _ => throw new PackageFormatException(ErrorCode.InvalidSignature, "The attestation does not have exactly one signature"),
        };
    }

    /// <summary>Reads an envelope, signed or not, by anybody: for signing, and for showing it as not verified.</summary>
    /// <param name="json">UTF-8.</param>
    /// <returns>The envelope.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_001</c>: it is none.</exception>
    internal static DsseEnvelope Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, DsseJsonContext.Default.DsseEnvelope) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new PackageFormatException(
                ErrorCode.InvalidSignature,
                $"The attestation is not a strict DSSE envelope (byte {e.BytePositionInLine?.ToString(CultureInfo.InvariantCulture) ?? "?"})"
            );
        }
    }

    /// <summary>The envelope that says what is to be signed and by whom it was: nobody.</summary>
    /// <param name="payloadType">What kind of content it is.</param>
    /// <param name="payload">The content.</param>
    /// <returns>The envelope as UTF-8 JSON.</returns>
    public static byte[] Unsigned(string payloadType, byte[] payload) =>
        new DsseEnvelope
        {
            PayloadType = payloadType,
            Payload = payload,
            Signatures = [],
        }.Write();

    /// <summary>Signs a content.</summary>
    /// <param name="payloadType">What kind of content it is.</param>
    /// <param name="payload">The content.</param>
    /// <param name="signer">Signs.</param>
    /// <returns>The envelope as UTF-8 JSON.</returns>
    public static byte[] Sign(string payloadType, byte[] payload, ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        var signature = signer.SignDigest(SHA256.HashData(PreAuthenticationEncoding(payloadType, payload)));
        var envelope = new DsseEnvelope
        {
            PayloadType = payloadType,
            Payload = payload,
            Signatures =
            [
                new DsseSignature { KeyId = KeyIdOf(signer.Certificate.PublicKey.ExportSubjectPublicKeyInfo()), Signature = signature },
            ],
        };
        return envelope.Write();
    }

    /// <summary>Whether the signature over the exact payload bytes was made with a key, and names it.</summary>
    /// <param name="key">The public key.</param>
    /// <returns>True only if both hold.</returns>
    public bool IsSignedBy(RSA key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Signatures is [var only]
            && only.KeyId == KeyIdOf(key.ExportSubjectPublicKeyInfo())
            && key.VerifyHash(
                SHA256.HashData(PreAuthenticationEncoding(PayloadType, Payload)),
                only.Signature,
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pss
            );
    }

    /// <summary>What is signed: the payload type and the payload, each with its length.</summary>
    /// <param name="payloadType">The payload type.</param>
    /// <param name="payload">The payload.</param>
    /// <returns>The bytes.</returns>
    public static byte[] PreAuthenticationEncoding(string payloadType, ReadOnlySpan<byte> payload)
    {
        var type = Encoding.UTF8.GetBytes(payloadType);
        return [.. "DSSEv1 "u8, .. Number(type.Length), (byte)' ', .. type, (byte)' ', .. Number(payload.Length), (byte)' ', .. payload];
    }

    /// <summary>SHA-256 of what is signed, in hexadecimal digits: the same however often, and by whomever, it is signed.</summary>
    /// <returns>64 digits.</returns>
    public string StatementDigest() => Convert.ToHexStringLower(SHA256.HashData(PreAuthenticationEncoding(PayloadType, Payload)));

    /// <summary>The name of a key: SHA-256 of its SubjectPublicKeyInfo, in hexadecimal digits. A hint, never trusted.</summary>
    /// <param name="subjectPublicKeyInfo">DER.</param>
    /// <returns>64 digits.</returns>
    public static string KeyIdOf(ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        Convert.ToHexStringLower(SHA256.HashData(subjectPublicKeyInfo));

    private byte[] Write()
    {
        var signatures = Signatures.Select(signature =>
            $$"""{"keyid":"{{signature.KeyId}}","sig":"{{Convert.ToBase64String(signature.Signature)}}"}"""
        );
        return Encoding.UTF8.GetBytes(
            $$"""{"payloadType":"{{PayloadType}}","payload":"{{Convert.ToBase64String(Payload)}}","signatures":[{{string.Join(',', signatures)}}]}"""
        );
    }

    private static byte[] Number(int value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
}

/// <summary>One signature of an envelope.</summary>
public sealed record DsseSignature
{
    /// <summary>Names the key. Not trusted, not used to choose one.</summary>
    [JsonPropertyName("keyid")]
    public required string KeyId { get; init; }

    /// <summary>The signature's bytes.</summary>
    [JsonPropertyName("sig")]
    public required byte[] Signature { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, MaxDepth = 8)]
[JsonSerializable(typeof(DsseEnvelope))]
internal sealed partial class DsseJsonContext : JsonSerializerContext;
