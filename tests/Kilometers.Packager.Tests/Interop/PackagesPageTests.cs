using System.Text.RegularExpressions;
using Kilometers.Packager.Tests.Running;

namespace Kilometers.Packager.Tests.Interop;

/// <summary>The commands of <c>docs/packages.md</c> are run as they stand: OpenSSL verifies what we sign, we verify what it signs.</summary>
public sealed partial class PackagesPageTests
{
    private const string Module = "/usr/lib/softhsm/libsofthsm2.so";

    [Fact]
    public void Openssl_alone_verifies_our_package_and_we_verify_what_it_signed()
    {
        Require("openssl", "openssl");
        using var kmpkg = Kmpkg.WithKeys();
        var outcome = Run(kmpkg, kmpkg.Pack("--sign"), Section("## By hand, with OpenSSL", "### "));
        Assert.True(outcome.Status == 0, outcome.Output + outcome.Errors);
        Assert.Contains("leaf.pem: OK", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Code Signing", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Verified OK", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("payload: OK", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(13, Passed().Count(outcome.Output));
    }

    [Fact]
    public void Openssl_alone_refuses_a_package_whose_statement_was_changed()
    {
        Require("openssl", "openssl");
        using var kmpkg = Kmpkg.WithKeys();
        var package = kmpkg.Pack("--sign");
        var text = File.ReadAllBytes(package);
        var payload = text.AsSpan().IndexOf("\"payload\":\""u8) + 200;
        text[payload] = (byte)(text[payload] == 'A' ? 'B' : 'A');
        File.WriteAllBytes(package, text);
        var outcome = Run(kmpkg, package, Section("## By hand, with OpenSSL", "### "));
        Assert.NotEqual(0, outcome.Status);
        Assert.Contains("Verification failure", outcome.Output + outcome.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("payload: OK", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_and_a_key_in_an_hsm_sign_through_the_external_command()
    {
        Require("openssl", "openssl");
        Require("softhsm2-util", "softhsm2");
        Require("pkcs11-tool", "opensc");
        Assert.SkipUnless(File.Exists(Module), $"SoftHSM's PKCS#11 module {Module} is not installed (Debian: libsofthsm2)");
        Assert.SkipUnless(
            Directory.Exists("/usr/lib")
                && Directory
                    .EnumerateFiles(
                        "/usr/lib",
                        "libpkcs11.so",
                        new EnumerationOptions
                        {
                            RecurseSubdirectories = true,
                            MaxRecursionDepth = 2,
                            IgnoreInaccessible = true,
                        }
                    )
                    .Any(),
            "OpenSSL's PKCS#11 engine is not installed (Debian: libengine-pkcs11-openssl)"
        );
        using var kmpkg = Kmpkg.WithKeys();
        var page = Section("## By hand, with OpenSSL", "\n## ");
        var outcome = Run(kmpkg, kmpkg.Pack("--sign"), page);
        Assert.True(outcome.Status == 0, outcome.Output + outcome.Errors);

        // By hand; with a key file; with the HSM through OpenSC's tool, and through OpenSSL's engine.
        Assert.Equal(1, Count(outcome.Output, "as Tests publisher 1"));
        Assert.Equal(2, Count(outcome.Output, "as Tests publisher 2"));
        Assert.Equal(3 * 13, Passed().Count(outcome.Output));
        Assert.False(File.Exists(Path.Combine(kmpkg.Keys, "leaf-2", "key.pem")));
    }

    private static Outcome Run(Kmpkg kmpkg, string package, string section)
    {
        var commands = ShellBlock().Matches(section).Select(match => match.Groups[1].Value).ToList();
        Assert.True(commands.Count >= 4, "the page has lost its commands");
        var work = Directory.CreateDirectory(kmpkg.In("work")).FullName;
        return kmpkg.RunProgram(
            "/bin/bash",
            ["-euo", "pipefail", "-c", string.Join('\n', commands)],
            new Dictionary<string, string>
            {
                ["PACKAGE"] = package,
                ["WORK"] = work,
                ["ROOT"] = Path.Combine(kmpkg.Keys, "root", "cert.pem"),
                ["PATH"] = $"{Path.GetDirectoryName(Kmpkg.Executable)}:{Environment.GetEnvironmentVariable("PATH")}",
            }
        );
    }

    private static string Section(string start, string end)
    {
        var page = File.ReadAllText(Path.Combine(Kmpkg.Repository, "docs", "packages.md"));
        var from = page.IndexOf(start, StringComparison.Ordinal);
        Assert.True(from >= 0, $"the page has lost its section '{start}'");
        var to = page.IndexOf(end, from + start.Length, StringComparison.Ordinal);
        return to < 0 ? page[from..] : page[from..to];
    }

    private static void Require(string program, string package) =>
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program))),
            $"{program} is not installed (Debian: {package})"
        );

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"^\w+ +passed ", RegexOptions.Multiline)]
    private static partial Regex Passed();
}
