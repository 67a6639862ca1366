using System.Text;
using Kilometers.Packager.Tests.Running;

namespace Kilometers.Packager.Tests.Packing;

/// <summary><c>build-plugin.sh</c>: packs for a customer and lets the customer's API key out to nobody.</summary>
public sealed class BuildPluginScriptTests
{
    private const string Secret = "Zq7SECRETsecretQz";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_customers_package_is_made_and_the_api_key_is_nowhere(bool keyInEnvironment)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "build-plugin.sh is a shell script");
        using var kmpkg = Kmpkg.WithKeys();
        var outcome = Run(kmpkg, keyInEnvironment, "--plugin=console-logger", "--customer=customer_123", "--tier=Pro", "--sign");
        Assert.True(outcome.Status == 0, outcome.Output + outcome.Errors);
        var name = outcome.Output.TrimEnd().Split('\n')[^1];
        Assert.Matches(@"^km-plugin-console-logger-[0-9a-f]{8}\.kmpkg$", name);
        var package = kmpkg.In("out/" + name);
        var report = kmpkg.Json("inspect", package);
        Assert.True((bool)report["verified"]!);
        Assert.Equal(
            ("customer_123", "abc123", "Pro"),
            (
                (string)report["manifest"]!["customer"]!["id"]!,
                (string)report["manifest"]!["customer"]!["keyId"]!,
                (string)report["manifest"]!["requiredTier"]!
            )
        );

        // The package, everything unpacked from it, what was printed, and what the packer was started with.
        Directory.CreateDirectory(kmpkg.In("unpacked"));
        Assert.Equal(0, kmpkg.RunProgram("/bin/tar", ["-xf", package, "-C", kmpkg.In("unpacked")]).Status);
        Assert.Equal(0, kmpkg.RunProgram("/bin/tar", ["-xzf", kmpkg.In("unpacked/payload.tar.gz"), "-C", kmpkg.In("unpacked")]).Status);
        var statement = kmpkg.RunProgram(
            "/bin/sh",
            ["-c", "sed -E 's|.*\"payload\":\"([^\"]*)\".*|\\1|' unpacked/attestation.dsse.json | base64 -d >unpacked/statement.json"]
        );
        Assert.Equal(0, statement.Status);
        var files = Directory
            .EnumerateFiles(kmpkg.In("out"))
            .Concat(Directory.EnumerateFiles(kmpkg.In("unpacked")))
            .Append(kmpkg.In("seen"))
            .ToList();
        Assert.Contains(kmpkg.In("unpacked/km-plugin-console-logger"), files);
        Assert.Contains("\"abc123\"", File.ReadAllText(kmpkg.In("unpacked/statement.json")), StringComparison.Ordinal);
        Assert.All(files, file =>
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.ASCII.GetBytes(Secret)) < 0, $"the API key is in {file}")
        );
        Assert.Contains("--key-id", File.ReadAllText(kmpkg.In("seen")), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, outcome.Output + outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_public_package_needs_no_key_and_is_the_same_twice()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "build-plugin.sh is a shell script");
        using var kmpkg = Kmpkg.WithKeys();
        var first = Run(kmpkg, null, "--plugin=console-logger");
        var second = Run(kmpkg, null, "--plugin=console-logger", "--sign");
        Assert.Equal((0, 0), (first.Status, second.Status));
        Assert.Equal(first.Output.TrimEnd().Split('\n')[^1], second.Output.TrimEnd().Split('\n')[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--plugin=nonsense")]
    [InlineData("--plugin=console-logger --customer=c")]
    [InlineData("--plugin=console-logger --customer=c --api-key=km_live_Zq7SECRETsecretQz")]
    [InlineData("--plugin=console-logger --customer=c --api-key=sk_live_abc_Zq7SECRETsecretQz")]
    [InlineData("--plugin=console-logger --apikey=km_live_abc_Zq7SECRETsecretQz")]
    public void Wrong_arguments_are_refused_without_printing_a_key(string line)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "build-plugin.sh is a shell script");
        using var kmpkg = Kmpkg.WithKeys();
        var outcome = Run(kmpkg, null, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, outcome.Status);
        Assert.DoesNotContain(Secret, outcome.Output + outcome.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(kmpkg.In("seen")));
    }

    private static Outcome Run(Kmpkg kmpkg, bool? keyInEnvironment, params string[] arguments)
    {
        // A program in the plugin's place, and a packer that writes down what it was started with.
        Directory.CreateDirectory(kmpkg.In("published/plugins"));
        File.Copy(kmpkg.In("payload/run"), kmpkg.In("published/plugins/km-plugin-console-logger"), overwrite: true);
        File.WriteAllText(
            kmpkg.In("spy"),
            $"#!/bin/sh\n{{ printf '%s\\n' \"$@\"; env; }} >>'{kmpkg.In("seen")}'\nexec '{Kmpkg.Executable}' \"$@\"\n"
        );
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(kmpkg.In("spy"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var key = $"km_live_abc123_{Secret}";
        var environment = new Dictionary<string, string> { ["KMPKG"] = kmpkg.In("spy") };
        if (keyInEnvironment == true)
            environment["KM_API_KEY"] = key;
        var outcome = kmpkg.RunProgram(
            Path.Combine(Kmpkg.Repository, "build-plugin.sh"),
            [
                .. arguments,
                $"--published={kmpkg.In("published")}",
                $"--output={kmpkg.In("out")}",
                .. keyInEnvironment == false ? [$"--api-key={key}"] : Array.Empty<string>(),
                "--",
                "--no-start",
            ],
            environment
        );
        File.Delete(kmpkg.In("spy"));
        return outcome;
    }
}
