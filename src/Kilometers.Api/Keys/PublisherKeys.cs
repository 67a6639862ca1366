using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kilometers.Api.Configuration;
using Kilometers.Contracts;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;

namespace Kilometers.Api.Keys;

/// <summary>What packages are signed with.</summary>
/// <param name="Publisher">Signs packages: the active leaf.</param>
/// <param name="Authority">Signs revocation lists: the active intermediate; null where its key is not here.</param>
/// <param name="Root">What both lead to.</param>
internal sealed record SigningKeys(ISigner Publisher, ISigner? Authority, TrustRoot Root)
{
    /// <summary>A serial number as revocation lists have it.</summary>
    public string Serial => Publisher.Certificate.SerialNumber.ToLowerInvariant();
}

/// <summary>Reads the folder that <c>kmpkg keys</c> makes. Read again when its state has changed: rotating needs no restart.</summary>
internal sealed class PublisherKeys(ApiOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private (DateTime Changed, SigningKeys Keys)? _read;

    public bool IsConfigured => options.Secrets.SigningKeyFolder is not null;

    /// <summary>The keys in force, fit for signing packages.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: there are none, or nobody would accept their signatures.</exception>
    public SigningKeys OpenForSigning()
    {
        var keys = Open();
        return keys.Publisher.Certificate.NotAfter.ToUniversalTime() > time.GetUtcNow().UtcDateTime
            ? keys
            : throw Fault($"the active leaf in {options.Secrets.SigningKeyFolder} has expired; make a new one with: kmpkg keys leaf");
    }

    /// <summary>The keys in force.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: there are none.</exception>
    public SigningKeys Open()
    {
        var folder = options.Secrets.SigningKeyFolder ?? throw Fault("no folder of keys is configured (SigningKeyFolder)");
        lock (_gate)
        {
            var changed = File.GetLastWriteTimeUtc(Path.Combine(folder, "state.json"));
            if (_read is not { } read || read.Changed != changed)
                _read = read = (changed, Read(folder));
            return read.Keys;
        }
    }

    /// <summary>A key in the folder that signs releases of km.</summary>
    /// <returns>Its file; null: there is none, as it should be.</returns>
    public string? KmKey() =>
        Directory
            .EnumerateDirectories(options.Secrets.SigningKeyFolder!, "km-*")
            .Select(folder => Path.Combine(folder, "key.pem"))
            .FirstOrDefault(File.Exists);

    private SigningKeys Read(string folder)
    {
        string Text(string name, string file) => File.ReadAllText(Path.Combine(folder, name, file));
        try
        {
            var state = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "state.json")));
            var (leaf, authority) = ((string?)state?["activeLeaf"], (string?)state?["activeIntermediate"]);
            if (leaf is null || authority is null)
                throw Fault($"{folder}/state.json names no active keys");
            return new SigningKeys(
                options.Secrets.SigningCommand is { } command
                    ? new ExternalSigner(command, Text(leaf, "chain.pem"), time)
                    : new PemSigner(Text(leaf, "chain.pem"), Text(leaf, "key.pem")),
                File.Exists(Path.Combine(folder, authority, "key.pem"))
                    ? new PemSigner(Text(authority, "cert.pem"), Text(authority, "key.pem"))
                    : null,
                TrustRoot.Read(Text("root", "cert.pem"), folder)
            );
        }
        catch (Exception e)
            when (e
                    is IOException
                        or UnauthorizedAccessException
                        or JsonException
                        or InvalidOperationException
                        or PackageFormatException
                        or CryptographicException
            )
        {
            throw Fault($"{folder}: {e.Message}");
        }
    }

    private static KmException Fault(string why) =>
        new(
            new KmError(ErrorCode.SigningKeys, "Packages cannot be signed", why, "Name a folder made by kmpkg keys init: SigningKeyFolder")
        );
}
