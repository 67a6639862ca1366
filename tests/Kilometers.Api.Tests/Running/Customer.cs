using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Running;

/// <summary>Does what a customer's km does, over HTTP.</summary>
internal sealed class Customer(string id, string key, HttpClient client) : IDisposable
{
    public string Id => id;

    public string Key => key;

    public string KeyId => ApiKey.Parse(key)!.Id;

    public HttpClient Client => client;

    public Task<HttpResponseMessage> PostAsync(string path, string body) => client.PostAsync(path, Operator.Json(body));

    public async Task<IReadOnlyList<ProvisionedPackage>> ProvisionAsync(params string[] names)
    {
        using var response = await PostAsync(
            "/api/plugins/provision",
            $$"""{"platform":"linux-x64","plugins":{{JsonSerializer.Serialize(names)}}}"""
        );
        return (await Operator.ReadAsync<ProvisionedPackages>(response)).Packages;
    }

    public async Task<byte[]> DownloadAsync(ProvisionedPackage package)
    {
        using var response = await client.GetAsync(package.DownloadUrl);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync();
    }

    public async Task<EntitlementAnswer> AuthenticateAsync(params ProvisionedPackage[] installed)
    {
        using var response = await TryAuthenticateAsync(installed);
        return await Operator.ReadAsync<EntitlementAnswer>(response);
    }

    public Task<HttpResponseMessage> TryAuthenticateAsync(params ProvisionedPackage[] installed) =>
        PostAsync(
            "/api/plugins/authenticate",
            JsonSerializer.Serialize(
                new EntitlementRequest
                {
                    Nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)),
                    CliVersion = "1.0.0",
                    Plugins =
                    [
                        .. installed.Select(package => new InstalledBuild
                        {
                            Name = package.Name,
                            Version = package.Version,
                            BuildId = package.Id,
                        }),
                    ],
                },
                ApiJson.Of<EntitlementRequest>()
            )
        );

    public void Dispose() => client.Dispose();

    /// <summary>Asserts that an answer is a problem with a code.</summary>
    public static async Task<ApiProblem> RefusedAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize(text, ApiJson.Of<ApiProblem>())!;
        Assert.Equal(code, problem.Code);
        Assert.Equal((int)status, problem.Status);
        return problem;
    }
}
