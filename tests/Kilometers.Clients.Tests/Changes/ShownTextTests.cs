using System.Text;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;
using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Tests.Changes;

/// <summary>Nothing that could be a secret is shown.</summary>
public sealed class ShownTextTests : IDisposable
{
    private readonly ClientHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("""{ "apiKey": "hush", "mcpServers": { "s": { "command": "x" } } }""")]
    [InlineData("""{ "mcpServers": { "s": { "command": "x", "env": { "A": "hush" } } } }""")]
    [InlineData("""{ "mcpServers": { "s": { "command": "x", "env": { "command": "hush", "args": ["hush"] } } } }""")]
    [InlineData("""{ "mcpServers": { "s": { "url": "https://x/?k=hush", "headers": { "type": "hush" } } } }""")]
    [InlineData("""{ "mcpServers": { "s": { "command": "x", "extra": { "name": ["hush", { "command": "hush" }] } } } }""")]
    [InlineData("{ \"mcpServers\": { // \"env\": { \"A\": \"hush\" }\n \"s\": { /* hush */ \"command\": \"x\" } } }")]
    [InlineData("""{ "mcpServers": { "s": { "command": "x", "args": ["--key", "hush", "k=hush"] } } }""")]
    [InlineData("""{ "mcpServers": { "s": { "command": "hush --key", "args": [] } } }""")]
    [InlineData("""{ "mcpServers": { "s": { "command": "x", "pin": 4857 } } }""", "4857")]
    public void Lines_Secret_IsHidden(string text, string secret = "hush")
    {
        var document = ConfigDocument.Parse(ConfigFormat.Json, Encoding.UTF8.GetBytes(text));
        var entries = EntryReader.Read(document, ClientHome.Client("cursor").Locations[0], _home.Km, null);

        var shown = new ShownText(document, entries, Redact);

        Assert.DoesNotContain(secret, string.Join('\n', shown.Lines), StringComparison.Ordinal);
        Assert.Equal(shown.Source.Count, shown.Lines.Count);
    }

    [Fact]
    public void Of_TwoPlaces_ShowsEachWithItsLines()
    {
        var lines = Enumerable.Range(1, 40).Select(number => $"a{number}: 1").ToArray();
        var before = Shown(lines);
        lines[4] = "b5: 1";
        lines[30] = "b31: 1\nb31b: 1";

        var diff = UnifiedDiff.Of(before, Shown(lines));

        Assert.Equal(["@@ -2,7 +2,7 @@", "@@ -28,7 +28,8 @@"], diff.Where(line => line.Sign == '@').Select(line => line.Text));
        Assert.Equal(["a5: ***", "a31: ***"], diff.Where(line => line.Sign == '-').Select(line => line.Text));
        Assert.Equal(["b5: ***", "b31: ***", "b31b: ***"], diff.Where(line => line.Sign == '+').Select(line => line.Text));
    }

    [Fact]
    public void Of_SameText_IsEmpty() => Assert.Empty(UnifiedDiff.Of(Shown(["a: 1"]), Shown(["a: 1"])));

    [Fact]
    public void Of_HiddenValueDiffers_ShowsThatTheLineDoes() =>
        Assert.Equal(["-a: ***", "+a: ***"], UnifiedDiff.Of(Shown(["a: 1"]), Shown(["a: 2"])).Skip(1).Select(line => line.ToString()));

    private static ShownText Shown(string[] lines) =>
        new(ConfigDocument.Parse(ConfigFormat.Yaml, Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")), [], text => text);

    /// <summary>As the real one does: by itself it knows "hush", as the value of an option or of a name.</summary>
    private static string Redact(string text) => text.Replace("hush", "***", StringComparison.Ordinal);
}
