using System.CommandLine;
using Kilometers.Contracts;

namespace Kilometers.Api.Administration;

/// <summary><c>km-api admin releases</c>: publishes what a plugin's build has put into a folder.</summary>
internal static class AdminReleases
{
    public static Command Create(AdminConnection connection)
    {
        var manifest = new Option<string>("--manifest")
        {
            Description = "The plugin's manifest.json.",
            Required = true,
            HelpName = "FILE",
        };
        var payload = new Option<string>("--payload")
        {
            Description = "The folder of its files; those that may be executed here are marked so.",
            Required = true,
            HelpName = "DIR",
        };
        var platform = new Option<string>("--platform")
        {
            Description = "System and processor, like linux-x64.",
            Required = true,
            HelpName = "PLATFORM",
        };
        var source = new Option<string?>("--source")
        {
            Description = "Where it comes from, like the address of its repository.",
            HelpName = "TEXT",
        };
        var commit = new Option<string?>("--commit") { Description = "The commit, in hexadecimal digits.", HelpName = "HASH" };
        var time = new Option<string?>("--time") { Description = "When it was built. Default: now.", HelpName = "TIME" };
        var publish = new Command("publish", "Publish a release. Customers' packages are made of it when they ask.")
        {
            manifest,
            payload,
            platform,
            source,
            commit,
            time,
        };
        publish.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var form = new MultipartFormDataContent();
                void Text(string name, string? value)
                {
                    if (value is not null)
                        form.Add(new StringContent(value), name);
                }

                try
                {
                    Text("manifest", await File.ReadAllTextAsync(parsed.GetValue(manifest)!, cancellationToken).ConfigureAwait(false));
                    Text("platform", parsed.GetValue(platform));
                    Text("source", parsed.GetValue(source));
                    Text("commit", parsed.GetValue(commit));
                    Text("time", parsed.GetValue(time));
                    foreach (var (path, file, isExecutable) in Below(parsed.GetValue(payload)!))
                        form.Add(new StreamContent(File.OpenRead(file)), isExecutable ? "executable" : "file", path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new KmException(
                        new KmError(ErrorCode.PackageSource, "The release cannot be read", e.Message, "Check --manifest and --payload")
                    );
                }

                return await connection.SendAsync(parsed, HttpMethod.Post, "releases", form, cancellationToken).ConfigureAwait(false);
            }
        );
        var list = new Command("list", "All releases.");
        list.SetAction((parsed, cancellationToken) => connection.GetAsync(parsed, "releases", AdminView.Releases, cancellationToken));
        return new Command("releases", "Releases of plugins.") { publish, list };
    }

    private static IEnumerable<(string Path, string File, bool IsExecutable)> Below(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            // A link would publish what lies elsewhere.
            var info = new FileInfo(file);
            if (info.LinkTarget is not null)
                throw new IOException($"{file} is a link; a release holds plain files only");
            yield return (
                Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'),
                file,
                !OperatingSystem.IsWindows() && (info.UnixFileMode & UnixFileMode.UserExecute) != 0
            );
        }
    }
}
