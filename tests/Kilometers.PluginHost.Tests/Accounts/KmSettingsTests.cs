using Kilometers.Contracts;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.PluginHost.Tests.Accounts;

public sealed class KmSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Get_FlagEnvironmentFileDefault_InThisOrder()
    {
        Assert.Equal(("https://api.kilometers.ai", "default"), Endpoint());
        KmSettings.Write(_folder["km.json"], "endpoint", "https://file.example.com");
        Assert.Equal(("https://file.example.com", _folder["km.json"]), Endpoint());
        _environment["KILOMETERS_API_ENDPOINT"] = "https://older.example.com";
        Assert.Equal(("https://older.example.com", "KILOMETERS_API_ENDPOINT"), Endpoint());
        _environment["KM_API_ENDPOINT"] = "https://newer.example.com";
        Assert.Equal(("https://newer.example.com", "KM_API_ENDPOINT"), Endpoint());
        Assert.Equal(("https://flag.example.com", "flag"), Endpoint("https://flag.example.com"));
    }

    [Fact]
    public void Write_NoValue_IsTheDefaultAgain()
    {
        KmSettings.Write(_folder["km.json"], "endpoint", "https://file.example.com");
        KmSettings.Write(_folder["km.json"], "endpoint", null);
        Assert.Equal("default", Endpoint().Source);
    }

    [Theory]
    [InlineData("https://api.example.com", true)]
    [InlineData("https://api.example.com/km/", true)]
    [InlineData("http://localhost:5080", true)]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("http://[::1]:5080", true)]
    [InlineData("http://api.example.com", false)]
    [InlineData("http://127.0.0.1.example.com", false)]
    [InlineData("http://localhost.example.com", false)]
    [InlineData("https://user:secret@api.example.com", false)]
    [InlineData("https://api.example.com?x=1", false)]
    [InlineData("ftp://api.example.com", false)]
    [InlineData("api.example.com", false)]
    [InlineData("", false)]
    public void Endpoint_OnlyHttpsOrThisMachine(string address, bool isGood)
    {
        if (isGood)
            KmSettings.Write(_folder["km.json"], "endpoint", address);
        else
            AssertInvalid(() => KmSettings.Write(_folder["km.json"], "endpoint", address));
        Assert.Equal(isGood, File.Exists(_folder["km.json"]));
    }

    [Theory]
    [InlineData("entitlement-refresh", "0")]
    [InlineData("entitlement-refresh", "301")]
    [InlineData("entitlement-refresh", "many")]
    [InlineData("credential-helper", "../../bin/sh")]
    [InlineData("nothing", "x")]
    public void Write_OutOfRangeOrUnknown_IsRefused(string name, string value) =>
        AssertInvalid(() => KmSettings.Write(_folder["km.json"], name, value));

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"endpoint":1}""")]
    [InlineData("""{"endpoint":"a","endpoint":"b"}""")]
    [InlineData("""{"endpont":"https://a.example.com"}""")]
    public void Read_BrokenFile_IsAnError(string content)
    {
        File.WriteAllText(_folder["km.json"], content);
        AssertInvalid(() => KmSettings.Read(_folder["km.json"]));
    }

    [Fact]
    public void Read_WhatEditorsAndShellsAdd_DoesNotCount()
    {
        File.WriteAllText(_folder["km.json"], "\uFEFF{\r\n\"endpoint\": \"https://a.example.com\\r\"\r\n}\r\n");
        Assert.Equal("https://a.example.com", Endpoint().Value);
        _environment["KM_API_ENDPOINT"] = "\uFEFFhttps://b.example.com\r\n";
        Assert.Equal("https://b.example.com", Endpoint().Value);
        _environment["KM_API_ENDPOINT"] = "\r";
        Assert.Equal("https://a.example.com", Endpoint().Value);
    }

    [Fact]
    public void Get_EnvironmentOutOfRange_NamesTheVariable()
    {
        _environment["KM_ENTITLEMENT_REFRESH"] = "0";
        var error = Assert.Throws<KmException>(() => Settings().Get(KmSettings.EntitlementRefresh)).Error;
        Assert.Contains("KM_ENTITLEMENT_REFRESH", error.Detail, StringComparison.Ordinal);
    }

    private static void AssertInvalid(Action action) =>
        Assert.Equal(ErrorCode.InvalidConfiguration, Assert.Throws<KmException>(action).Error.Code);

    private (string Value, string Source) Endpoint(string? flag = null)
    {
        var value = Settings(flag).Get(KmSettings.Endpoint);
        return (value.Value, value.Source);
    }

    private KmSettings Settings(string? flag = null) =>
        KmSettings.Read(
            _folder["km.json"],
            _environment.GetValueOrDefault,
            flag is null ? null : new Dictionary<string, string> { ["endpoint"] = flag }
        );
}
