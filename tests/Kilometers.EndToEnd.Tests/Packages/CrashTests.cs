using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>km is killed at every system call with which it changes files: what is left is the old plugin or the new one.</summary>
public sealed class CrashTests
{
    private const int MaxCalls = 200;

    [Theory]
    [InlineData("fsync")]
    [InlineData("rename")]
    [InlineData("unlink")]
    [InlineData("write")]
    [InlineData("pwrite64")]
    [InlineData("flock")]
    [InlineData("mkdir")]
    [InlineData("ftruncate")]
    public async Task A_SIGKILL_at_any_call_of_an_installation_leaves_the_old_or_the_new_plugin(string call)
    {
        Assert.SkipWhen(!File.Exists("/usr/bin/strace"), "strace is not installed (./test.sh installs it where it can)");
        var outcomes = new List<string>();
        for (var count = 1; count <= MaxCalls; count++)
        {
            using var home = new KmHomeFolder();
            Assert.Equal(0, (await home.RunAsync("plugins", "install", home.Package(), "--yes")).Status);
            var newer = home.Package(
                forge => forge.Manifest = manifest => manifest with { Version = "1.3.0", ReleaseSequence = 6 },
                "newer.kmpkg"
            );
            var (old, fresh) = (await ReadAsync(home.Installed("forged")), await ReadAsync(newer));

            await using (
                var traced = KmProcess.Start(
                    "/usr/bin/strace",
                    [
                        "-f",
                        "-qq",
                        "-o",
                        "/dev/null",
                        "-e",
                        $"inject={call}:signal=SIGKILL:when={count}",
                        Programs.Km,
                        "plugins",
                        "install",
                        newer,
                        "--yes",
                    ],
                    home.Environment
                )
            )
            {
                traced.CloseInput();
                if (await traced.ExitAsync() == 0)
                {
                    // It made no such call that many times: all were tried.
                    Assert.Equal(fresh, await ReadAsync(home.Installed("forged")));
                    TestContext.Current.TestOutputHelper?.WriteLine($"{call}: {string.Join(' ', outcomes)}");
                    return;
                }
            }

            var left = await ReadAsync(home.Installed("forged"));
            Assert.True(
                left.AsSpan().SequenceEqual(old) || left.AsSpan().SequenceEqual(fresh),
                $"{call} {count}: neither the old package nor the new one"
            );
            var isNew = left.AsSpan().SequenceEqual(fresh);
            outcomes.Add(isNew ? "new" : "old");

            var (status, json, errors) = await home.RunAsync("plugins", "list", "--json");
            Assert.True(status == 0, errors);
            var plugin = Assert.Single(JsonElement.Parse(json).EnumerateArray());
            Assert.Equal(
                ("ready", isNew ? "1.3.0" : "1.2.3"),
                (plugin.GetProperty("status").GetString(), plugin.GetProperty("version").GetString())
            );
            var verified = await home.RunAsync("audit", "verify");
            Assert.True(verified.Status == 0, $"{call} {count}: {verified.Output}{verified.Errors}");

            var (again, _, said) = await home.RunAsync("plugins", "install", newer, "--yes");
            Assert.True(again == 0, said);
            Assert.Equal(["forged.kmpkg"], home.Plugins);
        }

        Assert.Fail($"more than {MaxCalls} calls of {call}");
    }

    private static Task<byte[]> ReadAsync(string path) => File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
}
