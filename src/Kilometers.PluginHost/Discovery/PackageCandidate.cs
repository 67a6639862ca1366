namespace Kilometers.PluginHost.Discovery;

/// <summary>A file that calls itself a package. Nothing about it is known yet.</summary>
/// <param name="Path">The file.</param>
/// <param name="Origin">In which directory it lies.</param>
internal sealed record PackageCandidate(string Path, PluginOrigin Origin)
{
    /// <summary>What to call it until it has shown its name.</summary>
    public string Label => System.IO.Path.GetFileNameWithoutExtension(Path);
}
