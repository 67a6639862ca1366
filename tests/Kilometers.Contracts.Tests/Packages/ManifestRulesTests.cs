using CsCheck;
using Kilometers.Contracts.Packages;

namespace Kilometers.Contracts.Tests.Packages;

public sealed class ManifestRulesTests
{
    private static readonly PluginManifest Valid = new()
    {
        Name = "console-logger",
        Version = "1.0.0",
        ReleaseSequence = 1,
        Description = "Prints – in every language: \u00e4\u4e2d\U0001F600",
        Author = "Somebody",
        Category = "logging",
        RequiredTier = "Free",
        ProtocolVersions = [1],
        MinimumCliVersion = "1.0.0",
        Entrypoint = "bin/run",
        Os = "linux",
        Arch = "x64",
        PayloadSize = 100,
        Files = [File("bin/run") with { Mode = "0755" }, File("data.txt")],
        Build = new BuildOrigin
        {
            Source = "",
            Commit = "",
            Time = DateTimeOffset.UnixEpoch,
        },
    };

    [Fact]
    public void Check_ValidManifest_FindsNothing() => Assert.Empty(ManifestRules.Check(Valid));

    [Fact]
    public void Check_EverythingAtItsLimit_FindsNothing() =>
        Assert.Empty(
            ManifestRules.Check(
                Valid with
                {
                    Name = new string('a', 63),
                    ReleaseSequence = 1L << 53,
                    Description = new string('d', 500),
                    Author = new string('a', 200),
                    Features = [.. Enumerable.Range(0, 64).Select(i => $"f_{i}")],
                    ProtocolVersions = [.. Enumerable.Range(985, 16)],
                    MaximumCliVersion = "1.0.0",
                    Capabilities = new PluginCapabilities { Network = ["a.example.com:1", "localhost:65535", "kilometers-api"] },
                    Limits = new ResourceLimits
                    {
                        MemoryBytes = 16L << 30,
                        CpuPercent = 6400,
                        OpenFiles = 65536,
                    },
                    PayloadSize = ManifestRules.MaxPayload,
                    Files =
                    [
                        .. Enumerable.Range(0, ManifestRules.MaxFiles - 1).Select(i => File($"f{i}")),
                        File("bin/run") with
                        {
                            Mode = "0755",
                            Size = ManifestRules.MaxContent - ManifestRules.MaxFiles + 1,
                        },
                    ],
                    Customer = new CustomerBinding
                    {
                        Id = new string('c', 64),
                        BuildId = "B-1_2",
                        KeyId = "k",
                    },
                    Build = new BuildOrigin
                    {
                        Source = new string('s', 300),
                        Commit = new string('a', 64),
                        Time = DateTimeOffset.UnixEpoch,
                    },
                }
            )
        );

    public static TheoryData<string, PluginManifest> Broken =>
        new()
        {
            { "name", Valid with { Name = "Console" } },
            { "version", Valid with { Version = "1.0" } },
            { "releaseSequence", Valid with { ReleaseSequence = 0 } },
            { "releaseSequence", Valid with { ReleaseSequence = (1L << 53) + 1 } },
            { "description", Valid with { Description = "" } },
            { "description", Valid with { Description = new string('d', 501) } },
            { "description", Valid with { Description = "a\u001b[31m" } },
            { "description", Valid with { Description = "a\u202eb" } },
            { "description", Valid with { Description = "a\nb" } },
            { "description", Valid with { Description = "a\U000E0041b" } },
            { "author", Valid with { Author = "" } },
            { "author", Valid with { Author = "a\u0000" } },
            { "category", Valid with { Category = "Logging" } },
            { "requiredTier", Valid with { RequiredTier = "Gold" } },
            { "requiredTier", Valid with { RequiredTier = "None" } },
            { "features", Valid with { Features = ["Api"] } },
            { "features", Valid with { Features = ["a", "a"] } },
            { "features", Valid with { Features = [null!] } },
            { "features", Valid with { Features = [.. Enumerable.Range(0, 65).Select(i => $"f{i}")] } },
            { "protocolVersions", Valid with { ProtocolVersions = [] } },
            { "protocolVersions", Valid with { ProtocolVersions = [0] } },
            { "protocolVersions", Valid with { ProtocolVersions = [1, 1] } },
            { "protocolVersions", Valid with { ProtocolVersions = [1001] } },
            { "minimumCliVersion", Valid with { MinimumCliVersion = "1" } },
            { "maximumCliVersion", Valid with { MaximumCliVersion = "x" } },
            { "maximumCliVersion", Valid with { MaximumCliVersion = "1.0.0-rc" } },
            { "entrypoint", Valid with { Entrypoint = "../run" } },
            { "entrypoint", Valid with { Entrypoint = "bin/other" } },
            { "entrypoint", Valid with { Entrypoint = "data.txt" } },
            { "entrypoint", Valid with { Entrypoint = "BIN/run" } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["example.com"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["example.com:0"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["example.com:65536"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["*.example.com:1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["-a.com:1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["A.com:1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["a..com:1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["a:1", "a:1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["kilometers-api", "kilometers-api"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["Kilometers-API"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["kilometers-api "] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["*"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["a.com:+1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["user@a.com:1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["a.com/x:1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["[::1]:1"] } } },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = ["a.com:1\n"] } } },
            {
                "network",
                Valid with
                {
                    Capabilities = new PluginCapabilities { Network = [.. Enumerable.Range(1, 65).Select(port => $"a.com:{port}")] },
                }
            },
            { "network", Valid with { Capabilities = new PluginCapabilities { Network = [null!] } } },
            { "memoryBytes", Valid with { Limits = new ResourceLimits { MemoryBytes = (16L << 20) - 1 } } },
            { "memoryBytes", Valid with { Limits = new ResourceLimits { MemoryBytes = (16L << 30) + 1 } } },
            { "cpuPercent", Valid with { Limits = new ResourceLimits { CpuPercent = 0 } } },
            { "openFiles", Valid with { Limits = new ResourceLimits { OpenFiles = 63 } } },
            { "delivery", Valid with { Delivery = "always" } },
            { "os", Valid with { Os = "Linux" } },
            { "arch", Valid with { Arch = "x86" } },
            { "payloadSize", Valid with { PayloadSize = 0 } },
            { "payloadSize", Valid with { PayloadSize = ManifestRules.MaxPayload + 1 } },
            { "files", Valid with { Files = [] } },
            { "files", Valid with { Files = [.. Enumerable.Range(0, ManifestRules.MaxFiles).Select(i => File($"f{i}")), Valid.Files[0]] } },
            { "path", Valid with { Files = [null!, .. Valid.Files] } },
            { "path", Valid with { Files = [File("../x"), .. Valid.Files] } },
            { "same path", Valid with { Files = [File("DATA.txt"), .. Valid.Files] } },
            { "sha256", Valid with { Files = [File("x") with { Sha256 = new string('A', 64) }, .. Valid.Files] } },
            { "sha256", Valid with { Files = [File("x") with { Sha256 = new string('a', 63) }, .. Valid.Files] } },
            { "size", Valid with { Files = [File("x") with { Size = -1 }, .. Valid.Files] } },
            { "size", Valid with { Files = [File("x") with { Size = long.MaxValue }, .. Valid.Files] } },
            { "mode", Valid with { Files = [File("x") with { Mode = "0777" }, .. Valid.Files] } },
            { "mode", Valid with { Files = [File("x") with { Mode = "755" }, .. Valid.Files] } },
            { "all files together", Valid with { Files = [File("x") with { Size = ManifestRules.MaxContent }, .. Valid.Files] } },
            { "a file and a folder", Valid with { Files = [File("data.txt/inside"), .. Valid.Files] } },
            { "a file and a folder", Valid with { Files = [File("a"), File("a/b/c"), .. Valid.Files] } },
            { "a file and a folder", Valid with { Files = [File("A"), File("a/b/c"), .. Valid.Files] } },
            {
                "customer.id",
                Valid with
                {
                    Customer = new CustomerBinding
                    {
                        Id = "a b",
                        BuildId = "b",
                        KeyId = "k",
                    },
                }
            },
            {
                "customer.buildId",
                Valid with
                {
                    Customer = new CustomerBinding
                    {
                        Id = "a",
                        BuildId = "",
                        KeyId = "k",
                    },
                }
            },
            {
                "customer.keyId",
                Valid with
                {
                    Customer = new CustomerBinding
                    {
                        Id = "a",
                        BuildId = "b",
                        KeyId = new string('k', 65),
                    },
                }
            },
            { "build.source", Valid with { Build = Valid.Build with { Source = "a\u0007" } } },
            { "build.commit", Valid with { Build = Valid.Build with { Commit = "HEAD" } } },
        };

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void Check_OneRuleBroken_NamesIt(string word, PluginManifest manifest) =>
        Assert.Contains(ManifestRules.Check(manifest), fault => fault.Contains(word, StringComparison.Ordinal));

    [Theory]
    [InlineData("a")]
    [InlineData("bin/run")]
    [InlineData("a-b_c+d.e/F0.txt")]
    [InlineData("com")]
    [InlineData("lpt.txt")]
    [InlineData("com10")]
    [InlineData("console")]
    public void IsPath_PlainPath_IsTrueOrADevice(string path) => Assert.Equal(path is not ("com" or "lpt.txt"), ManifestRules.IsPath(path));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a./b")]
    [InlineData("a\\b")]
    [InlineData("c:a")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("\u00e4")]
    [InlineData("~a")]
    [InlineData("a*")]
    [InlineData("nul")]
    [InlineData("NUL.txt")]
    [InlineData("a/CON/b")]
    [InlineData("com1.exe")]
    [InlineData("LPT9")]
    [InlineData("COM0")]
    public void IsPath_AnythingElse_IsFalse(string? path) => Assert.False(ManifestRules.IsPath(path));

    [Fact]
    public void IsPath_TooLong_IsFalse() =>
        Assert.Equal((true, false), (ManifestRules.IsPath(new string('a', 100)), ManifestRules.IsPath(new string('a', 101))));

    /// <summary>Whatever passes stays below the folder that it is put in, and is the same path again.</summary>
    [Fact]
    public void IsPath_AnyText_StaysInside() =>
        Gen.String[Gen.Char["ab.\\/:~ -+_\u00e9\0"], 0, 12]
            .Sample(
                text =>
                {
                    if (!ManifestRules.IsPath(text))
                        return;
                    var folder = Path.Combine(Path.GetTempPath(), "folder");
                    Assert.Equal(Path.Combine(folder, text), Path.GetFullPath(Path.Combine(folder, text)));
                },
                iter: 50_000
            );

    private static PackagedFile File(string path) =>
        new()
        {
            Path = path,
            Sha256 = new string('a', 64),
            Size = 1,
            Mode = "0644",
        };
}
