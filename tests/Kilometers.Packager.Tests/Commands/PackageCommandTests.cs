using System.Formats.Tar;
using System.Security.Cryptography;
using Kilometers.Packager.Tests.Running;

namespace Kilometers.Packager.Tests.Commands;

/// <summary>pack, sign, inspect and verify, through the real commands.</summary>
public sealed class PackageCommandTests
{
    [Fact]
    public void Pack_ThenSign_ThenVerify_Works()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var package = kmpkg.Pack();
        Assert.Matches(@"/packages/km-plugin-a-plugin-[0-9a-f]{8}\.kmpkg$", package);
        var unsigned = kmpkg.Json("inspect", package);
        Assert.Equal(
            (false, "PLG_SIG_002", "a-plugin"),
            ((bool)unsigned["verified"]!, (string)unsigned["error"]!["code"]!, (string)unsigned["manifest"]!["name"]!)
        );
        kmpkg.Succeed("sign", package);
        Assert.All(kmpkg.Json("verify", package)["gates"]!.AsArray(), gate => Assert.Equal("passed", (string)gate!["outcome"]!));
        Assert.Empty(Directory.EnumerateFiles(kmpkg.In("packages"), "*.new-*"));
    }

    [Fact]
    public void Pack_Twice_GivesTheSamePayloadAndTheSameName()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var first = kmpkg.PackInto("one", "--time", "2001-02-03T04:05:06Z");
        File.SetLastWriteTimeUtc(kmpkg.In("payload/data.txt"), new DateTime(2011, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var second = kmpkg.PackInto("two", "--sign", "--source", "elsewhere");
        Assert.Equal(Path.GetFileName(first), Path.GetFileName(second));
        Assert.Equal(Payload(first), Payload(second));
        Assert.Equal("2001-02-03T04:05:06+00:00", (string)kmpkg.Json("inspect", first)["manifest"]!["build"]!["time"]!);
    }

    [Fact]
    public void Pack_SourceDateEpoch_IsTheTime()
    {
        using var kmpkg = new Kmpkg();
        var outcome = kmpkg.RunProgram(
            Kmpkg.Executable,
            ["pack", "--no-start", "--manifest", "manifest.json", "--payload", "payload", "--output", "x.kmpkg"],
            new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "86400" }
        );
        Assert.Equal(0, outcome.Status);
        Assert.Equal("1970-01-02T00:00:00+00:00", (string)kmpkg.Json("inspect", "x.kmpkg")["manifest"]!["build"]!["time"]!);
    }

    [Fact]
    public void Pack_ForACustomer_IsSealedForThem()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var package = kmpkg.Pack(
            "--sign",
            "--customer",
            "customer_123",
            "--build",
            "build-1",
            "--key-id",
            "abc123",
            "--issuer",
            "https://api.example.com"
        );
        var report = kmpkg.Json("inspect", package);
        Assert.True((bool)report["verified"]!);
        Assert.Equal("customer_123", (string)report["manifest"]!["customer"]!["id"]!);
        Assert.Contains("issuer https://api.example.com", (string)report["gates"]![12]!["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--customer c --build b --key-id k")]
    [InlineData("--build b")]
    [InlineData("--os beos")]
    [InlineData("--arch x86")]
    [InlineData("--tier Gold")]
    [InlineData("--time yesterday")]
    [InlineData("--signer x")]
    public void Pack_ArgumentsThatMakeNoSense_AreRefused(string line)
    {
        using var kmpkg = Kmpkg.WithKeys();
        var outcome = kmpkg.Run([
            "pack",
            "--manifest",
            kmpkg.In("manifest.json"),
            "--payload",
            kmpkg.In("payload"),
            "--output",
            kmpkg.In("out"),
            .. line.Split(' '),
        ]);
        Assert.Equal(2, outcome.Status);
        Assert.False(Directory.Exists(kmpkg.In("out")));
    }

    [Theory]
    [InlineData("PLG_PKG_007", "link")]
    [InlineData("PLG_PKG_007", "name")]
    [InlineData("PLG_PKG_007", "missing")]
    [InlineData("PLG_MAN_001", "json")]
    [InlineData("PLG_MAN_002", "rule")]
    [InlineData("PLG_PKG_007", "tier")]
    [InlineData("KEY_STO_001", "keys")]
    public void Pack_WhatCannotBePacked_IsRefusedAndNothingIsWritten(string code, string what)
    {
        using var kmpkg = new Kmpkg();
        var more = new List<string>();
        if (what == "link")
            File.CreateSymbolicLink(kmpkg.In("payload/link"), "/etc/passwd");
        if (what == "name")
            File.WriteAllText(kmpkg.In("payload/a b"), "");
        if (what == "missing")
            File.Delete(kmpkg.In("payload/run"));
        if (what == "json")
            File.AppendAllText(kmpkg.In("manifest.json"), "}");
        if (what == "rule")
            File.WriteAllText(
                kmpkg.In("manifest.json"),
                File.ReadAllText(kmpkg.In("manifest.json")).Replace("1.2.3", "1.2", StringComparison.Ordinal)
            );
        if (what == "tier")
        {
            File.WriteAllText(
                kmpkg.In("manifest.json"),
                File.ReadAllText(kmpkg.In("manifest.json")).Replace("Free", "Pro", StringComparison.Ordinal)
            );
            more.AddRange(["--tier", "Free"]);
        }

        if (what == "keys")
            more.Add("--sign");
        var outcome = kmpkg.Run([
            "pack",
            "--manifest",
            kmpkg.In("manifest.json"),
            "--payload",
            kmpkg.In("payload"),
            "--output",
            kmpkg.In("out"),
            .. more,
        ]);
        Assert.Equal(1, outcome.Status);
        Assert.Contains($"[{code}]", outcome.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(kmpkg.In("out")));
    }

    [Fact]
    public void Pack_HigherTier_IsWhatThePackageRequires()
    {
        using var kmpkg = new Kmpkg();
        Assert.Equal("Enterprise", (string)kmpkg.Json("inspect", kmpkg.Pack("--tier", "enterprise"))["manifest"]!["requiredTier"]!);
    }

    [Fact]
    public void Sign_BrokenPackage_LeavesItAsItWas()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var package = kmpkg.Pack("--sign");
        var bytes = File.ReadAllBytes(package);
        bytes[^2000] ^= 1;
        File.WriteAllBytes(package, bytes);
        Assert.Equal(1, kmpkg.Run("sign", package).Status);
        Assert.Equal(bytes, File.ReadAllBytes(package));
        Assert.Single(Directory.EnumerateFiles(kmpkg.In("packages")));
    }

    [Fact]
    public void Inspect_TamperedPackage_MarksItsContentAsNotVerified()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var package = kmpkg.Pack("--sign");
        var bytes = File.ReadAllBytes(package);
        bytes[^2000] ^= 1;
        File.WriteAllBytes(package, bytes);
        var outcome = kmpkg.Run("inspect", package);
        Assert.Equal(1, outcome.Status);
        Assert.Contains("NOT VERIFIED", outcome.Output.Split('\n')[0], StringComparison.Ordinal);
        Assert.Matches(@"payload +FAILED", outcome.Output);
        Assert.Matches(@"files +not reached", outcome.Output);
        Assert.Contains("[PLG_PKG_004]", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_VerifiedPackage_ShowsWhatIsInside()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var output = kmpkg.Succeed("inspect", kmpkg.Pack("--sign"));
        Assert.DoesNotContain("NOT VERIFIED", output, StringComparison.Ordinal);
        Assert.Matches(@"may +connect to api\.example\.com:443", output);
        Assert.Matches(@"0644 +4 +[0-9a-f]{16}… +data\.txt", output);
        Assert.Contains("Signed by Tests publisher 1", output, StringComparison.Ordinal);
        Assert.Contains("a development root", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is not a package")]
    public void Inspect_AnyFile_SaysWhatItIsNot(string content)
    {
        using var kmpkg = new Kmpkg();
        File.WriteAllText(kmpkg.In("x"), content);
        var outcome = kmpkg.Run("inspect", "x");
        Assert.Equal(1, outcome.Status);
        Assert.Contains("Its manifest cannot be read.", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("[PLG_PKG_003]", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("verify")]
    [InlineData("sign")]
    public void AnyCommand_MissingFile_SaysSo(string command)
    {
        using var kmpkg = Kmpkg.WithKeys();
        var outcome = kmpkg.Run(command, "nowhere.kmpkg");
        Assert.Equal(1, outcome.Status);
        Assert.Contains("[PLG_INS_006]", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_UnderAnotherRoot_IsRefused()
    {
        using var kmpkg = Kmpkg.WithKeys();
        using var other = new Kmpkg();
        other.Succeed("keys", "init");
        var package = kmpkg.Pack("--sign");
        Assert.Equal("PLG_SIG_003", (string)other.Json("verify", package)["error"]!["code"]!);
        var root = Path.Combine(kmpkg.Keys, "root", "cert.pem");
        other.Succeed("verify", package, "--root", root, "--root", Path.Combine(other.Keys, "root", "cert.pem"));
        kmpkg.Succeed("keys", "revoke", "--plugin", "a-plugin");
        other.Succeed("verify", package, "--root", root);
        Assert.Equal(
            "PLG_SIG_005",
            (string)
                other.Json("verify", package, "--root", root, "--revocations", Path.Combine(kmpkg.Keys, "revocations.json"))["error"]![
                    "code"
                ]!
        );
        Assert.Contains("[CFG_TRU_001]", other.Run("verify", package, "--root", package).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_WithoutAnyRoot_IsRefused()
    {
        using var kmpkg = Kmpkg.WithKeys();
        using var other = new Kmpkg();
        Assert.Equal("PLG_SIG_003", (string)other.Json("verify", kmpkg.Pack("--sign"))["error"]!["code"]!);
    }

    private static string Payload(string package)
    {
        using var tar = new TarReader(File.OpenRead(package));
        while (tar.GetNextEntry() is { } entry)
            if (entry.Name == "payload.tar.gz")
                return Convert.ToHexString(SHA256.HashData(entry.DataStream!));
        throw new InvalidDataException(package);
    }
}
