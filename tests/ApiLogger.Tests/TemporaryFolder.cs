namespace Kilometers.Plugins.ApiLogger.Tests;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kma").FullName;

    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Whether any file below has a text.</summary>
    public bool Holds(string text) =>
        Directory
            .EnumerateFiles(Path, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("/lock", StringComparison.Ordinal))
            .Any(file =>
            {
                try
                {
                    using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                    var bytes = new byte[stream.Length];
                    stream.ReadExactly(bytes);
                    return bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
                }
                catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
                {
                    return false; // The plugin has deleted it meanwhile.
                }
            });

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class Condition
{
    /// <summary>When to give up: far more than anything here takes, also on a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Polls until something holds.</summary>
    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Limit)
                throw new TimeoutException($"waited {Limit.TotalSeconds} s for: {what}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
