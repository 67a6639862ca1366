using System.Security.Cryptography;
using Kilometers.Api.Configuration;
using Kilometers.Files;

namespace Kilometers.Api.Http;

/// <summary>Files of this node that are gone when they are closed; those of a killed server go at the next start.</summary>
internal sealed class Scratch
{
    private readonly string _folder;

    public Scratch(ApiOptions options)
    {
        _folder = Path.Combine(options.DataFolder, "scratch");
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        PrivateFile.CreateDirectory(_folder);
    }

    /// <summary>An empty file, readable, writable and seekable.</summary>
    public FileStream Create()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(_folder, RandomNumberGenerator.GetHexString(16, lowercase: true)), options);
    }
}
