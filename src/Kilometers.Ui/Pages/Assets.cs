using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Kilometers.Ui.Pages;

/// <summary>Style, scripts and icon: built into the program, and cached by the browser for as long as they are the same.</summary>
public static class Assets
{
    private static readonly FrozenDictionary<string, (byte[] Content, string Version, string Type)> Files = Read();

    /// <summary>The address of a file.</summary>
    public static string Link(string name) => $"/assets/{Files[name].Version}/{name}";

    internal static async Task ServeAsync(HttpContext context, string version, string name)
    {
        if (!Files.TryGetValue(name, out var file) || file.Version != version)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = file.Type;
        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted).ConfigureAwait(false);
    }

    private static FrozenDictionary<string, (byte[] Content, string Version, string Type)> Read()
    {
        var assembly = typeof(Assets).Assembly;
        var contents = assembly
            .GetManifestResourceNames()
            .ToDictionary(
                name => name,
                name =>
                {
                    using var stream = assembly.GetManifestResourceStream(name)!;
                    var content = new byte[stream.Length];
                    stream.ReadExactly(content);
                    return content;
                },
                StringComparer.Ordinal
            );

        // One version for all: scripts import each other by their place.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, content) in contents.OrderBy(file => file.Key, StringComparer.Ordinal))
            hash.AppendData(content);
        var version = Convert.ToHexStringLower(hash.GetCurrentHash())[..12];
        return contents.ToFrozenDictionary(file => file.Key, file => (file.Value, version, TypeOf(file.Key)), StringComparer.Ordinal);
    }

    private static string TypeOf(string name) =>
        Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
}
