using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packager.Tests.Running;

namespace Kilometers.Packager.Tests.Commands;

/// <summary>The life of a publisher's keys, through the real commands.</summary>
public sealed class KeysCommandTests
{
    [Fact]
    public void Init_MakesKeysThatOnlyTheUserCanReadAndNeverOverwritesThem()
    {
        using var kmpkg = new Kmpkg();
        var output = kmpkg.Succeed("keys", "init", "--organization", "Example Ltd");
        Assert.Contains("Kilometers development", output, StringComparison.Ordinal);
        foreach (var name in new[] { "root", "intermediate-1", "leaf-1", "km-intermediate-1", "km-leaf-1", "issuer" })
        {
            var key = Path.Combine(kmpkg.Keys, name, "key.pem");
            Assert.True(File.Exists(key), key);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        }

        var before = File.ReadAllText(Path.Combine(kmpkg.Keys, "root", "key.pem"));
        var again = kmpkg.Run("keys", "init");
        Assert.Equal(1, again.Status);
        Assert.Contains("KEY_STO_001", again.Errors, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(kmpkg.Keys, "root", "key.pem")));
    }

    [Fact]
    public void Init_WithoutANameAndATerminal_IsCalledAfterUserAndMachineAndSaysSo()
    {
        using var kmpkg = new Kmpkg();
        var output = kmpkg.Succeed("keys", "init");
        Assert.Matches(@"name +\S+@\S+ \(unnamed\)", output);
        Assert.Contains("No name was given", output, StringComparison.Ordinal);
        using var root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(kmpkg.Keys, "root", "cert.pem"));
        Assert.DoesNotContain("O=Kilometers", root.Subject, StringComparison.Ordinal);
        kmpkg.Succeed("keys", "rotate");
    }

    [Theory]
    [InlineData("Kilometers")]
    [InlineData("kilometers inc")]
    [InlineData("Ki1ometer5")]
    [InlineData("")]
    [InlineData("two\nlines")]
    public void Init_ANameThatNobodyMayHave_IsRefused(string name)
    {
        using var kmpkg = new Kmpkg();
        var outcome = kmpkg.Run("keys", "init", "--organization", name);
        Assert.Equal(2, outcome.Status);
        Assert.Contains("CFG_ARG_001", outcome.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(kmpkg.Keys));
    }

    [Fact]
    public void Init_OfTheRootThatIsBuiltIntoKm_TakesAnOptionOfItsOwn()
    {
        using var kmpkg = new Kmpkg();
        Assert.Equal(2, kmpkg.Run("keys", "init", "--kilometers", "--organization", "Example Ltd").Status);
        Assert.Matches("name +Kilometers\n", kmpkg.Succeed("keys", "init", "--kilometers"));
    }

    [Theory]
    [InlineData("Example Ltd", 0, "name         Example Ltd")]
    [InlineData("Kilometers", 2, "CFG_ARG_001")]
    public async Task Init_OnATerminal_AsksForTheName(string name, int status, string expected)
    {
        Assert.SkipWhen(!OperatingSystem.IsLinux(), "script makes the terminal");
        using var kmpkg = new Kmpkg();
        var command = $"'{Kmpkg.Executable}' keys init --keys '{kmpkg.Keys}'; echo \"ended $?\"";
        await using var terminal = KmProcess.Start("script", ["-qec", command, "/dev/null"]);
        await terminal.SendAsync(name);
        var lines = new List<string>();
        while (await terminal.ReadLineAsync() is { } line)
        {
            lines.Add(line.TrimEnd('\r'));
            if (lines[^1].Contains("ended ", StringComparison.Ordinal))
                break;
        }

        var all = string.Join('\n', lines);
        Assert.Contains("Whose keys are these", all, StringComparison.Ordinal);
        Assert.Contains(expected, all, StringComparison.Ordinal);
        Assert.EndsWith($"ended {status}", all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Init_InAGitRepository_IsRefusedUnlessForced(bool force)
    {
        using var kmpkg = new Kmpkg();
        Directory.CreateDirectory(kmpkg.In(".git"));
        var outcome = kmpkg.Run(["keys", "init", .. force ? ["--force", "--release"] : Array.Empty<string>()]);
        Assert.Equal(force ? 0 : 1, outcome.Status);
        Assert.Equal(force, Directory.Exists(kmpkg.Keys));
        if (force)
            Assert.DoesNotContain("development", outcome.Output, StringComparison.Ordinal);
        else
            Assert.Contains("git repository", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys list")]
    [InlineData("keys leaf")]
    [InlineData("keys rotate")]
    [InlineData("keys revoke --renew")]
    public void AnyCommand_WithoutKeys_SaysHowToMakeThem(string line)
    {
        using var kmpkg = new Kmpkg();
        var outcome = kmpkg.Run(line.Split(' '));
        Assert.Equal(1, outcome.Status);
        Assert.Contains("[KEY_STO_001]", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("kmpkg keys init", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void ReleaseOfKm_IsSignedWithItsOwnKeysOnly()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var (package, plugin) = (PackKm(kmpkg), kmpkg.Pack());
        var refused = kmpkg.Run("sign", package);
        Assert.Equal(1, refused.Status);
        Assert.Contains("[PLG_SIG_008]", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("kmpkg sign --km", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("[PLG_SIG_008]", kmpkg.Run("sign", "--km", plugin).Errors, StringComparison.Ordinal);
        kmpkg.Succeed("sign", "--km", package);
        kmpkg.Succeed("verify", package);
        kmpkg.Succeed("keys", "leaf", "--km");
        Assert.Contains("km-leaf-2", kmpkg.Succeed("keys", "list"), StringComparison.Ordinal);
        kmpkg.Succeed("sign", "--km", package);
        kmpkg.Succeed("verify", package);

        // A command that signs with a plugin publisher's certificate is found out by it.
        var external = kmpkg.Run("sign", package, "--signer", "true", "--certificate", Path.Combine(kmpkg.Keys, "leaf-1", "chain.pem"));
        Assert.Contains("[PLG_SIG_008]", external.Errors, StringComparison.Ordinal);
        kmpkg.Succeed("verify", package);
    }

    [Fact]
    public void KeysFromBeforeTheRoles_SayHowToAddThoseForKm()
    {
        using var kmpkg = Kmpkg.WithKeys();
        foreach (var name in new[] { "km-intermediate-1", "km-leaf-1" })
            Directory.Delete(Path.Combine(kmpkg.Keys, name), recursive: true);
        var state = Path.Combine(kmpkg.Keys, "state.json");
        var members = JsonNode.Parse(File.ReadAllText(state))!.AsObject();
        Assert.True(members.Remove("activeKmIntermediate") && members.Remove("activeKmLeaf"));
        File.WriteAllText(state, members.ToJsonString());
        var package = PackKm(kmpkg);
        foreach (var line in new[] { new[] { "sign", "--km", package }, ["keys", "leaf", "--km"] })
        {
            var outcome = kmpkg.Run(line);
            Assert.Equal(1, outcome.Status);
            Assert.Contains("kmpkg keys rotate --km", outcome.Errors, StringComparison.Ordinal);
        }

        kmpkg.Succeed("keys", "rotate", "--km");
        kmpkg.Succeed("sign", "--km", package);
        kmpkg.Succeed("verify", package);
        Assert.Equal("leaf-1", (string)JsonNode.Parse(File.ReadAllText(state))!["activeLeaf"]!);
    }

    [Fact]
    public void Rotate_KeepsTheOldValidAndSignsWithTheNew()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var old = kmpkg.Pack("--sign");
        kmpkg.Succeed("keys", "rotate");
        kmpkg.Succeed("verify", old);
        File.Copy(old, old + ".again.kmpkg");
        kmpkg.Succeed("sign", old + ".again.kmpkg");
        Assert.Equal("Tests publisher 2", (string)kmpkg.Json("verify", old + ".again.kmpkg")["signer"]!["name"]!);
        Assert.Equal(
            [
                "root: trusted",
                "intermediate-1: valid",
                "intermediate-2: active",
                "leaf-1: valid",
                "leaf-2: active",
                "km-intermediate-1: active",
                "km-leaf-1: active",
            ],
            States(kmpkg)
        );
    }

    [Fact]
    public void Rotate_WithTheRootKeyOffline_SaysSoAndChangesNothing()
    {
        using var kmpkg = Kmpkg.WithKeys();
        File.Delete(Path.Combine(kmpkg.Keys, "root", "key.pem"));
        var outcome = kmpkg.Run("keys", "rotate");
        Assert.Equal(1, outcome.Status);
        Assert.Contains("root/key.pem", outcome.Errors, StringComparison.Ordinal);
        kmpkg.Succeed("keys", "leaf", "--days", "10");
        Assert.Equal(
            [
                "root: trusted",
                "intermediate-1: active",
                "leaf-1: valid",
                "leaf-2: active, expires soon",
                "km-intermediate-1: active",
                "km-leaf-1: active",
            ],
            States(kmpkg)
        );
    }

    [Fact]
    public void Revoke_Leaf_RefusesWhatItSignedAndSignsNoMore()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var package = kmpkg.Pack("--sign");
        Assert.Contains(
            "Revocation list 1",
            kmpkg.Succeed("keys", "revoke", "--leaf", Serial(kmpkg, "leaf-1").ToUpperInvariant()),
            StringComparison.Ordinal
        );
        var verification = kmpkg.Json("verify", package);
        Assert.Equal(("PLG_SIG_005", "failed"), ((string)verification["error"]!["code"]!, Outcome(verification, "revocation")));
        Assert.Contains("kmpkg keys leaf", kmpkg.Run("sign", package).Errors, StringComparison.Ordinal);
        kmpkg.Succeed("keys", "leaf");
        kmpkg.Succeed("sign", package);
        kmpkg.Succeed("verify", package);
        Assert.Equal(
            [
                "root: trusted",
                "intermediate-1: active",
                "leaf-1: revoked",
                "leaf-2: active",
                "km-intermediate-1: active",
                "km-leaf-1: active",
            ],
            States(kmpkg)
        );
    }

    [Fact]
    public void Revoke_Intermediate_OnlyAfterARotation()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var package = kmpkg.Pack("--sign");
        var serial = Serial(kmpkg, "intermediate-1");
        Assert.Contains("kmpkg keys rotate", kmpkg.Run("keys", "revoke", "--certificate", serial).Errors, StringComparison.Ordinal);
        kmpkg.Succeed("keys", "rotate");
        kmpkg.Succeed("keys", "revoke", "--certificate", serial);
        Assert.Equal("PLG_SIG_005", (string)kmpkg.Json("verify", package)["error"]!["code"]!);
    }

    [Fact]
    public void Revoke_PackageVersionsAndBuild_AddUpUnderRisingNumbers()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var package = kmpkg.Pack("--sign");
        var digest = (string)kmpkg.Json("inspect", package)["payloadDigest"]!;
        kmpkg.Succeed("keys", "revoke", "--build", "build-7");
        kmpkg.Succeed("keys", "revoke", "--plugin", "other", "--from", "1.0.0", "--to", "2.0.0");
        kmpkg.Succeed("verify", package);
        Assert.Contains(
            "Revocation list 3, until",
            kmpkg.Succeed("keys", "revoke", "--package", digest.ToUpperInvariant(), "--expires", "7"),
            StringComparison.Ordinal
        );
        Assert.Equal("PLG_SIG_005", (string)kmpkg.Json("verify", package)["error"]!["code"]!);
        var renewed = kmpkg.Succeed("keys", "revoke", "--renew");
        Assert.Contains("Revocation list 4", renewed, StringComparison.Ordinal);
        Assert.Contains("0 certificates, 1 packages, 1 version ranges, 1 builds", renewed, StringComparison.Ordinal);
        var expires = (DateTimeOffset)kmpkg.Json("keys", "list")["revocationsExpire"]!;
        Assert.InRange(expires - TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(29), TimeSpan.FromDays(31));
    }

    [Fact]
    public void Revoke_WithTheLastListLost_IsRefused()
    {
        using var kmpkg = Kmpkg.WithKeys();
        kmpkg.Succeed("keys", "revoke", "--build", "build-7");
        File.Delete(Path.Combine(kmpkg.Keys, "revocations.json"));
        var outcome = kmpkg.Run("keys", "revoke", "--build", "build-8");
        Assert.Equal(1, outcome.Status);
        Assert.Contains("revocations.json", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--from 1.0.0")]
    [InlineData("--leaf 0123456789abcdef")]
    [InlineData("--package abc")]
    [InlineData("--plugin Bad/Name")]
    [InlineData("--plugin good --from 1")]
    [InlineData("--build a/b")]
    [InlineData("--renew --expires 0")]
    public void Revoke_WhatIsNothing_IsRefusedAndNumbersNoList(string line)
    {
        using var kmpkg = Kmpkg.WithKeys();
        var outcome = kmpkg.Run(["keys", "revoke", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(2, outcome.Status);
        Assert.Contains("[CFG_ARG_001]", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (long)kmpkg.Json("keys", "list")["revocationNumber"]!);
    }

    [Fact]
    public void Leaf_OfTheFuture_IsShownAndNotAccepted()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        kmpkg.Succeed("keys", "leaf", "--not-before", tomorrow);
        Assert.Contains("leaf-2: not yet valid", States(kmpkg));
        Assert.Equal("PLG_SIG_004", (string)kmpkg.Json("verify", kmpkg.Pack("--sign"))["error"]!["code"]!);
    }

    [Fact]
    public void Leaf_OverAPrivateKey_IsRefused()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var outcome = kmpkg.Run("keys", "leaf", "--public-key", Path.Combine(kmpkg.Keys, "leaf-1", "key.pem"));
        Assert.Equal(1, outcome.Status);
        Assert.Contains("give only the public one", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void List_Table_FitsEightyColumns()
    {
        using var kmpkg = Kmpkg.WithKeys();
        var lines = kmpkg.Succeed("keys", "list").TrimEnd().Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal(7, lines.Length);
    }

    private static string Serial(Kmpkg kmpkg, string name) =>
        (string)kmpkg.Json("keys", "list")["certificates"]!.AsArray().Single(row => (string)row!["name"]! == name)!["serial"]!;

    private static string Outcome(System.Text.Json.Nodes.JsonNode verification, string gate) =>
        (string)verification["gates"]!.AsArray().Single(row => (string)row!["gate"]! == gate)!["outcome"]!;

    private static IEnumerable<string> States(Kmpkg kmpkg) =>
        kmpkg.Json("keys", "list")["certificates"]!.AsArray().Select(row => $"{row!["name"]}: {row["state"]}");

    /// <summary>A package of km that nobody has signed.</summary>
    private static string PackKm(Kmpkg kmpkg)
    {
        Directory.CreateDirectory(kmpkg.In("km-payload"));
        File.Copy(kmpkg.In("payload/run"), kmpkg.In("km-payload/km"));
        File.WriteAllText(
            kmpkg.In("km.json"),
            """{"name":"km","version":"9.0.0","releaseSequence":9,"description":"x","author":"x","category":"integration","requiredTier":"Free","protocolVersions":[2],"minimumCliVersion":"1.0.0","entrypoint":"km"}"""
        );
        return kmpkg
            .Succeed(
                "pack",
                "--manifest",
                kmpkg.In("km.json"),
                "--payload",
                kmpkg.In("km-payload"),
                "--os",
                "linux",
                "--output",
                kmpkg.In("km.kmpkg")
            )
            .TrimEnd()
            .Split('\n')[^1];
    }
}
