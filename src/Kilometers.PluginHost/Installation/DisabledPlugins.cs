using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Files;

namespace Kilometers.PluginHost.Installation;

/// <summary>
/// The plugins that the user has disabled, each an empty file called by its name: nothing to parse, to lock, or to leave half-written.
/// </summary>
/// <param name="folder">Where the files are; need not be there.</param>
internal sealed class DisabledPlugins(string folder)
{
    /// <summary>All of them.</summary>
    /// <exception cref="KmException"><c>CFG_FIL_001</c>: it cannot be told, so nothing that may be disabled must run.</exception>
    public IReadOnlySet<string> Read()
    {
        try
        {
            if (TrustedPath.WhyUntrusted(folder) is { } why)
                throw new IOException($"It is not read: {why}");
            return Directory
                .EnumerateFileSystemEntries(folder)
                .Select(path => Path.GetFileName(path))
                .Where(PluginName.IsValid)
                .ToHashSet(StringComparer.Ordinal);
        }
        catch (DirectoryNotFoundException) when (!Path.Exists(folder))
        {
            return new HashSet<string>();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("It cannot be told which plugins are disabled", e);
        }
    }

    /// <exception cref="KmException"><c>CFG_FIL_001</c>: it cannot be told.</exception>
    public bool Contains(string plugin) => Read().Contains(plugin);

    /// <summary>Remembers it, or forgets it.</summary>
    /// <exception cref="KmException"><c>CFG_FIL_001</c>: it cannot be written.</exception>
    public void Set(string plugin, bool isDisabled)
    {
        try
        {
            if (isDisabled)
                PrivateFile.Replace(Path.Combine(folder, plugin), []);
            else if (Directory.Exists(folder))
                File.Delete(Path.Combine(folder, plugin));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed($"It cannot be remembered that '{plugin}' is {(isDisabled ? "disabled" : "enabled")}", e);
        }
    }

    /// <summary>Why a plugin does not run.</summary>
    public static KmError Refusal(string plugin) =>
        new(ErrorCode.PluginDisabled, $"Plugin '{plugin}' is disabled", Hint: $"To run it again: km plugins enable {plugin}");

    private KmException Failed(string summary, Exception e) =>
        new(new KmError(ErrorCode.InvalidConfiguration, summary, e.Message, $"Check the permissions of {folder}"));
}
