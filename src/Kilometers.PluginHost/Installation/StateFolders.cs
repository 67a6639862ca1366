using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Packaging.Trust;

namespace Kilometers.PluginHost.Installation;

/// <summary>
/// Where plugins keep their files: by name and publisher, so that a publisher who takes over a name does not get what another one stored.
/// The first publisher of a name has <c>NAME</c>, and <c>NAME.publisher</c> says who that is; any other has <c>NAME@ID</c>.
/// </summary>
/// <param name="folder">Where they are; need not be there.</param>
internal sealed class StateFolders(string folder)
{
    private const int MaxFile = 4096;

    /// <summary>Where a plugin of a publisher keeps its files; need not be there.</summary>
    public string Find(string plugin, PublisherIdentity publisher)
    {
        var plain = Path.Combine(folder, plugin);
        return !Path.Exists(FileOf(plugin)) || Owner(plugin) == publisher ? plain : $"{plain}@{publisher.ToId()}";
    }

    /// <summary>The same, and from now on <c>NAME</c> is this publisher's if it was nobody's.</summary>
    /// <exception cref="KmException"><c>PLG_RUN_001</c>: it cannot be recorded whose it is.</exception>
    public string Claim(string plugin, PublisherIdentity publisher)
    {
        try
        {
            if (!Path.Exists(FileOf(plugin)))
                PrivateFile.WriteNew(
                    FileOf(plugin),
                    JsonSerializer.SerializeToUtf8Bytes(publisher, StateJsonContext.Default.PublisherIdentity)
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another km was first, or it cannot be written.
            if (!Path.Exists(FileOf(plugin)))
            {
                throw new KmException(
                    new KmError(
                        ErrorCode.PluginNotStarted,
                        $"Plugin '{plugin}' has no place for its files",
                        e.Message,
                        $"Check permissions and space of {folder}"
                    )
                );
            }
        }

        return Find(plugin, publisher);
    }

    /// <summary>Deletes what plugins of a name stored, of whichever publisher.</summary>
    /// <exception cref="IOException">Something of it is left.</exception>
    public void Delete(string plugin)
    {
        DirectoryTree.Delete(Path.Combine(folder, plugin));
        if (!Directory.Exists(folder))
            return;
        foreach (var other in Directory.EnumerateDirectories(folder, plugin + "@*"))
            DirectoryTree.Delete(other);
        File.Delete(FileOf(plugin));
    }

    /// <summary>No plugin's name has a dot.</summary>
    private string FileOf(string plugin) => Path.Combine(folder, plugin + ".publisher");

    /// <returns>Null where it cannot be told: then it is not the one who asks.</returns>
    private PublisherIdentity? Owner(string plugin)
    {
        try
        {
            return JsonSerializer.Deserialize(PrivateFile.ReadTrusted(FileOf(plugin), MaxFile), StateJsonContext.Default.PublisherIdentity);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 2)]
[JsonSerializable(typeof(PublisherIdentity))]
internal sealed partial class StateJsonContext : JsonSerializerContext;
