using Kilometers.Packaging.Trust;
using Kilometers.PluginHost.Consent;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Installation;

public sealed class PluginRegistryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-registry-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "registry.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var time = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var registry = new PluginRegistry
        {
            Plugins = new()
            {
                ["logger"] = new RegisteredPlugin
                {
                    Version = "1.0.0",
                    PayloadDigest = "ab",
                    Installed = time,
                    LastAuthenticated = time,
                    HighestSequence = 7,
                },
            },
        };
        registry.Write(Path);
        var read = PluginRegistry.Read(Path, out var isDamaged);
        Assert.False(isDamaged);
        Assert.Equal(registry.Plugins, read.Plugins);
        Assert.Equal((7, 0), (read.HighestSequence("logger"), read.HighestSequence("other")));
        Assert.Equal([Path], Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Read_WhatTheUserAgreedTo_IsTheSame()
    {
        var publisher = new PublisherIdentity { Organization = "Example Ltd", Root = "ab" };
        var agreed = new PluginPermissions
        {
            Network = ["a.example.com:443"],
            StateDirectory = true,
            MemoryBytes = 1 << 30,
        };
        var time = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        new PluginRegistry
        {
            Plugins = new()
            {
                ["logger"] = new RegisteredPlugin
                {
                    Agreed = agreed,
                    AgreedAt = time,
                    Publisher = publisher,
                    HighestSequence = 7,
                },
            },
        }.Write(Path);
        var read = PluginRegistry.Read(Path, out _).Plugins["logger"];
        Assert.Equal(agreed.Describe(null), read.Agreed?.Describe(null));
        Assert.Equal((time, publisher), (read.AgreedAt, read.Publisher));
    }

    [Fact]
    public void Read_OfAnOlderKm_IsNotDamaged()
    {
        File.WriteAllText(
            Path,
            """{"plugins":{"logger":{"version":"1.0.0","payloadDigest":"ab","installed":"2030-01-02T03:04:05+00:00","highestSequence":7}}}"""
        );
        var read = PluginRegistry.Read(Path, out var isDamaged).Plugins["logger"];
        Assert.Equal((false, null, 7), (isDamaged, read.Agreed, read.HighestSequence));
    }

    [Fact]
    public void Read_WithoutAFile_IsEmptyAndNotDamaged()
    {
        Assert.Empty(PluginRegistry.Read(Path, out var isDamaged).Plugins);
        Assert.False(isDamaged);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"plugins\":null}")]
    [InlineData("{\"plugins\":{\"Bad Name\":{\"highestSequence\":1}}}")]
    [InlineData("{\"plugins\":{\"logger\":{\"highestSequence\":-1}}}")]
    [InlineData("{\"plugins\":{\"logger\":null}}")]
    [InlineData("{\"plugins\":{\"logger\":{}}}")]
    [InlineData("{\"plugins\":{},\"more\":1}")]
    public void Read_OfAnythingElse_IsEmptyAndDamaged(string content)
    {
        File.WriteAllText(Path, content);
        Assert.Empty(PluginRegistry.Read(Path, out var isDamaged).Plugins);
        Assert.True(isDamaged);
    }
}
