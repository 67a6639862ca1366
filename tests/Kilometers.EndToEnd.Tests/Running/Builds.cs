namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>
/// Builds that a test starts. They write into the folders of the projects that they need, so there is one at a time, in all test projects;
/// and they leave no server behind.
/// </summary>
internal static class Builds
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Where certificate authorities are, as the tests were started with it; null: not set, which is to say where the system has them.</summary>
    public static IReadOnlyDictionary<string, string?> Trust { get; } =
        new[] { "SSL_CERT_FILE", "SSL_CERT_DIR" }.ToDictionary(name => name, System.Environment.GetEnvironmentVariable);

    /// <summary>What to start a build with. <c>test.sh</c> has a compiler of its own running, and ends it.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } =
        new Dictionary<string, string>
        {
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            ["UseSharedCompilation"] = System.Environment.GetEnvironmentVariable("SharedCompilationId") is { Length: > 0 }
                ? "true"
                : "false",
            ["SSL_CERT_FILE"] = Trust["SSL_CERT_FILE"]!,
            ["SSL_CERT_DIR"] = Trust["SSL_CERT_DIR"]!,
        };

    /// <summary>Waits until no other test builds.</summary>
    /// <returns>To be disposed of after the build.</returns>
    public static async Task<IDisposable> AloneAsync()
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(Programs.Root, "artifacts")).FullName, "builds-of-tests.lock");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(100, limit.Token);
            }
        }
    }
}
