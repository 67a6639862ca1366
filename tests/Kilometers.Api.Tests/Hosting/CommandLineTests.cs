using System.Text.Json.Nodes;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>Each command answers as data too, an error included, and a slip is named as km names it.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("km-api-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("admin custmers list --json", 2, ErrorCode.InvalidArguments, "Did you mean: km-api admin customers")]
    [InlineData("admin customers lst --json", 2, ErrorCode.InvalidArguments, "Did you mean: km-api admin customers list")]
    [InlineData("admin customers list --jsn --json", 2, ErrorCode.InvalidArguments, "Did you mean: km-api admin customers list --json")]
    [InlineData("admin keys list --json", 2, ErrorCode.InvalidArguments, "See: km-api admin keys list --help")]
    [InlineData("health --json --url ftp://here", 2, ErrorCode.InvalidArguments, null)]
    [InlineData("admin customers list --json --endpoint http://example.com", null, ErrorCode.InvalidEndpoint, null)]
    [InlineData("migrate --json --config none.json", null, ErrorCode.ApiConfiguration, null)]
    public async Task An_error_is_data_too(string line, int? status, string code, string? hint)
    {
        var result = await RunAsync(line);
        Assert.NotEqual(0, result.Status);
        Assert.Equal(status ?? result.Status, result.Status);
        var error = result.Answer["error"]!;
        Assert.Equal(code, (string)error["code"]!);
        Assert.Contains($"[{code}]", result.Errors, StringComparison.Ordinal);
        if (hint is not null)
            Assert.Equal(hint, (string)error["hint"]!);
    }

    [Fact]
    public async Task An_answer_is_data_too()
    {
        Assert.NotNull((await RunAsync("version --json")).Answer["version"]);
        Assert.True((int)(await RunAsync("migrate --json")).Answer["after"]! > 0);
        var made = await RunAsync("keys init --json");
        Assert.True((bool)made.Answer["isNew"]!);
        Assert.All(made.Answer["files"]!.AsArray(), file => Assert.True(File.Exists((string)file!), (string)file!));
    }

    private async Task<(int Status, JsonNode Answer, string Errors)> RunAsync(string line)
    {
        var (status, output, errors) = await ApiProcess.RunAsync(_folder.FullName, new Dictionary<string, string>(), line.Split(' '));
        return (status, JsonNode.Parse(output)!, errors);
    }
}
