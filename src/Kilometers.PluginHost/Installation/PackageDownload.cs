using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.PluginHost.Api;

namespace Kilometers.PluginHost.Installation;

/// <summary>A file that the API offers.</summary>
internal sealed record WantedPackage
{
    /// <summary>Names its content: what was got of it before is of the same bytes.</summary>
    public required string Id { get; init; }

    /// <summary>For people; empty where the API gave none that can be.</summary>
    public required string Name { get; init; }

    /// <summary>Relative to the API's address.</summary>
    public required string Url { get; init; }

    public required long Size { get; init; }

    public required string Sha256 { get; init; }
}

/// <summary>Gets files from the API into a folder; a download that breaks off is gone on with the next time.</summary>
internal sealed class PackageDownload(string folder, ApiClient api)
{
    /// <summary>Gets a file, or the rest of it.</summary>
    /// <returns>Where it is; it is what the API announced, and nothing more is known of it.</returns>
    /// <exception cref="KmException">The API refused, broke off, or sent something else.</exception>
    /// <exception cref="IOException">It cannot be stored.</exception>
    public async Task<string> GetAsync(WantedPackage wanted, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        if (
            wanted.Name.Length == 0
            || wanted.Id.Length is 0 or > 64
            || !wanted.Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        )
            throw new KmException(
                new KmError(ErrorCode.ApiAnswer, "The API returned an invalid package name", Hint: "Update km: km update")
            );
        PrivateFile.CreateDirectory(folder);
        var path = Path.Combine(folder, wanted.Id + ".part");
        using var held = PrivateFile.TryLock(path)
            ?? throw new KmException(
                new KmError(ErrorCode.InstallationBusy, $"Another km is getting {wanted.Name}", path, "Wait for it, or end it.")
            );
        using var file = new FileStream(held, FileAccess.ReadWrite);
        if (file.Length > wanted.Size)
            file.SetLength(0);
        if (file.Length < wanted.Size)
            await api.DownloadAsync(wanted.Url, wanted.Size, file, progress, cancellationToken).ConfigureAwait(false);
        if (file.Length < wanted.Size)
            throw new KmException(
                new KmError(
                    ErrorCode.ApiUnreachable,
                    $"The download of {wanted.Name} was interrupted",
                    $"{file.Length} of {wanted.Size} bytes arrived.",
                    "Try again: the download resumes."
                )
            );
        file.Position = 0;
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false)) == wanted.Sha256)
            return path;
        file.SetLength(0);
        throw new KmException(
            new KmError(ErrorCode.PayloadDigest, $"The download of {wanted.Name} is not what the API announced", Hint: "Try again.")
        );
    }
}
