using System.Diagnostics;

namespace Kilometers.GoPlugin.Client.Tests.Interop;

/// <summary>The programs of tests/go: from KM_TEST_GO_DIR, which test.sh sets, or built once for this run.</summary>
internal static class GoPrograms
{
    private const string Missing =
        "Go interop: golang-go golang-github-hashicorp-go-plugin-dev golang-google-grpc-dev golang-github-hashicorp-go-hclog-dev not installed";

    private static readonly Lazy<string?> Folder = new(FindOrBuild);

    /// <summary>The path of a program; skips the test, by name, where it cannot be built.</summary>
    public static string Find(string program)
    {
        if (Folder.Value is not { } folder)
        {
            Assert.Skip(Missing);
            return "";
        }

        return Path.Combine(folder, program);
    }

    private static string? FindOrBuild()
    {
        if (Environment.GetEnvironmentVariable("KM_TEST_GO_DIR") is { Length: > 0 } given)
            return given;
        if (!Directory.Exists("/usr/share/gocode/src/github.com/hashicorp/go-plugin") || !File.Exists("/usr/bin/go"))
            return null;
        var output = Directory.CreateTempSubdirectory("km-go-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(output, recursive: true);
        using var build = Process.Start(
            new ProcessStartInfo(Path.Combine(RepositoryRoot(), "eng/build-go.sh"), output) { RedirectStandardError = true }
        )!;
        var errors = build.StandardError.ReadToEnd();
        build.WaitForExit();
        return build.ExitCode == 0 ? output : throw new InvalidOperationException($"eng/build-go.sh failed: {errors}");
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the tests do not run below the repository");
    }
}
