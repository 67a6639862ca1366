using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>A signed manifest that says what it may not, or says it in a way that two readers could understand differently, installs
/// nothing.</summary>
public sealed class ManifestTests : IDisposable
{
    private const string State = "\"stateDirectory\":true";
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("API")]
    [InlineData("api_key")]
    [InlineData("km")]
    [InlineData("km-tools")]
    [InlineData("kilometers-extra")]
    [InlineData("con")]
    [InlineData("a.b")]
    [InlineData("../up")]
    [InlineData("-dash")]
    public async Task A_name_that_is_reserved_or_could_be_mistaken_for_another_is_refused(string name) =>
        await RefusedAsync("[PLG_MAN_002]", _home.Package(forge => forge.Manifest = manifest => manifest with { Name = name }));

    [Theory]
    [InlineData("\"stateDirectory\":\"true\"")]
    [InlineData("\"stateDirectory\":1")]
    [InlineData("\"stateDirectory\":true,\"stateDirectory\":true")]
    [InlineData("\"stateDirectory\":true,\"Credentials\":true")]
    [InlineData("\"stateDirectory\":true,\"everything\":true")]
    [InlineData("\"StateDirectory\":true")]
    public async Task A_capability_of_another_type_spelling_or_number_is_refused(string member) =>
        await RefusedAsync(
            "[PLG_MAN_001]",
            _home.Package(forge =>
            {
                forge.Manifest = manifest => manifest with { Capabilities = new() { StateDirectory = true } };
                forge.Statement = json =>
                    json.Contains(State, StringComparison.Ordinal)
                        ? json.Replace(State, member, StringComparison.Ordinal)
                        : throw new InvalidOperationException(json);
            })
        );

    [Theory]
    [InlineData("EXAMPLE.com:443")]
    [InlineData("*.example.com:443")]
    [InlineData("example.com")]
    [InlineData("example.com:0")]
    [InlineData("example.com:65536")]
    [InlineData("example.com.:443")]
    [InlineData("user@example.com:443")]
    [InlineData("example.com:443/path")]
    [InlineData("b\u00fccher.example:443")]
    public async Task A_host_that_is_not_in_its_one_form_is_refused(string entry) =>
        await RefusedAsync(
            "[PLG_MAN_002]",
            _home.Package(forge => forge.Manifest = manifest => manifest with { Capabilities = new() { Network = [entry] } })
        );

    private async Task RefusedAsync(string code, string package)
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", package, "--yes");
        Assert.Equal(1, status);
        Assert.Contains(code, errors, StringComparison.Ordinal);
        Assert.DoesNotContain(_home.Plugins, file => file.EndsWith(".kmpkg", StringComparison.Ordinal));
        _home.AssertNothingStarted(errors);
    }
}
