namespace Kilometers.Plugins.Guard.Tests;

/// <summary>A folder of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("km-guard-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
