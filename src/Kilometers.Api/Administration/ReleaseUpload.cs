using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Api.Http;
using Kilometers.Api.Plugins;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Building;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Kilometers.Api.Administration;

/// <summary>A release as it comes: multipart/form-data. Files go to scratch files while they are read, so that none is in memory whole.</summary>
internal sealed class ReleaseUpload : IAsyncDisposable
{
    private const int MaxText = 256 * 1024;
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly List<(string Path, bool IsExecutable, FileStream Content)> _files = [];

    /// <summary>The author's <c>manifest.json</c>.</summary>
    public byte[] Manifest => Encoding.UTF8.GetBytes(Text("manifest"));

    /// <exception cref="KmException"><c>API_REQ_001</c>: it is no such form, or has a part of an unknown name.</exception>
    public static async Task<ReleaseUpload> ReadAsync(HttpContext context, Scratch scratch)
    {
        if (
            !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || type.MediaType != "multipart/form-data"
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 } boundary
        )
            throw new BadHttpRequestException("A release is multipart/form-data", StatusCodes.Status415UnsupportedMediaType);
        var upload = new ReleaseUpload();
        try
        {
            var reader = new MultipartReader(boundary, context.Request.Body);
            while (await reader.ReadNextSectionAsync(context.RequestAborted).ConfigureAwait(false) is { } section)
                await upload.AddAsync(section, scratch, context.RequestAborted).ConfigureAwait(false);
            return upload;
        }
        catch (Exception e)
        {
            await upload.DisposeAsync().ConfigureAwait(false);
            if (e is IOException and not BadHttpRequestException or InvalidDataException)
                throw Problems.Invalid($"The form cannot be read: {e.Message}");
            throw;
        }
    }

    /// <exception cref="KmException"><c>API_REQ_001</c> or <c>PLG_MAN_001</c>: a part is missing or not usable.</exception>
    public PackageSource ToSource(TimeProvider time)
    {
        var platform = Platform.Parse(Text("platform"));
        return new PackageSource
        {
            Description = Describe(),
            Os = platform.Os,
            Arch = platform.Arch,
            Files = [.. _files.Select(file => new PayloadFile(file.Path, () => new NonDisposingStream(file.Content), file.IsExecutable))],
            Build = new BuildOrigin
            {
                Source = _texts.GetValueOrDefault("source", ""),
                Commit = _texts.GetValueOrDefault("commit", ""),
                Time = BuiltAt(time),
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in _files)
            await file.Content.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AddAsync(MultipartSection section, Scratch scratch, CancellationToken cancellationToken)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var part))
            throw Problems.Invalid("Each part of the form has a Content-Disposition");
        switch (HeaderUtilities.RemoveQuotes(part.Name).Value)
        {
            case ("file" or "executable") and var kind:
                var path = HeaderUtilities.RemoveQuotes(part.FileName).Value;
                if (!ManifestRules.IsPath(path) || _files.Count >= ManifestRules.MaxFiles)
                    throw Problems.Invalid("Each file has a plain relative path as its file name, and there are at most 2000");
                var content = scratch.Create();
                _files.Add((path!, kind == "executable", content));
                await section.Body.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
                break;
            case ("manifest" or "platform" or "source" or "commit" or "time") and var name:
                if (!_texts.TryAdd(name, await TextOfAsync(section, cancellationToken).ConfigureAwait(false)))
                    throw Problems.Invalid($"The form has {name} twice");
                break;
            default:
                throw Problems.Invalid("The parts of the form are manifest, platform, source, commit, time, file and executable");
        }
    }

    private static async Task<string> TextOfAsync(MultipartSection section, CancellationToken cancellationToken)
    {
        var bytes = new byte[MaxText + 1];
        var count = await section
            .Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        return count <= MaxText
            ? Encoding.UTF8.GetString(bytes, 0, count)
            : throw Problems.Invalid($"A text of the form has more than {MaxText} bytes");
    }

    private PluginDescription Describe()
    {
        try
        {
            return PackageJson.ReadDescription(Manifest);
        }
        catch (JsonException e)
        {
            throw new KmException(
                new KmError(ErrorCode.ManifestForm, "The manifest is not strict JSON of the known form", e.Message, "Correct manifest.json")
            );
        }
    }

    private DateTimeOffset BuiltAt(TimeProvider time)
    {
        if (!_texts.TryGetValue("time", out var text))
            return DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        return DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var at
        )
            ? at
            : throw Problems.Invalid("time is like 2026-01-02T03:04:05Z");
    }

    private string Text(string name) => _texts.TryGetValue(name, out var text) ? text : throw Problems.Invalid($"The form has no {name}");
}
