using System.Net;
using System.Text;
using System.Text.Json;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Running;

/// <summary>Does what an operator does, over HTTP.</summary>
internal sealed class Operator(HttpClient client) : IDisposable
{
    public HttpClient Client => client;

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonSerializer.Deserialize(text, ApiJson.Of<T>())!;
    }

    /// <summary>Makes a customer and a key.</summary>
    public async Task<(string CustomerId, string Key)> CustomerAsync(string tier)
    {
        var customer = await PostAsync<CustomerRecord>("customers", $$"""{"name":"A customer","tier":"{{tier}}"}""");
        var key = await KeyAsync(customer.Id);
        return (customer.Id, key.Key);
    }

    public Task<CreatedApiKey> KeyAsync(string customerId) =>
        PostAsync<CreatedApiKey>($"customers/{customerId}/keys", """{"name":"tests"}""");

    public Task<CustomerRecord> SubscribeAsync(string customerId, string tier) =>
        PostAsync<CustomerRecord>($"customers/{customerId}/subscription", $$"""{"tier":"{{tier}}"}""");

    public async Task<T> PostAsync<T>(string path, string body) =>
        await ReadAsync<T>(await client.PostAsync("/api/admin/" + path, Json(body)));

    public async Task PostAsync(string path)
    {
        using var response = await client.PostAsync("/api/admin/" + path, null);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    public async Task<T> GetAsync<T>(string path) => await ReadAsync<T>(await client.GetAsync("/api/admin/" + path));

    /// <summary>Publishes a plugin whose binary is km-api's launcher: an executable of the system, to which a seal can be appended.</summary>
    public async Task<ReleaseRecord> PublishAsync(string name, string tier, string version = "1.0.0", int sequence = 1)
    {
        using var response = await TryPublishAsync(name, tier, version, sequence);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return await ReadAsync<ReleaseRecord>(response);
    }

    public async Task<HttpResponseMessage> TryPublishAsync(string name, string tier, string version, int sequence, string fileName = "run")
    {
        using var form = new MultipartFormDataContent
        {
            {
                new StringContent(
                    $$"""
                    {"name":"{{name}}","version":"{{version}}","releaseSequence":{{sequence}},"description":"Of a test","author":"The tests","category":"logging",
                    "requiredTier":"{{tier}}","protocolVersions":[2],"minimumCliVersion":"1.0.0","entrypoint":"run"}
                    """
                ),
                "manifest"
            },
            { new StringContent("linux-x64"), "platform" },
            { new StringContent("https://git.example/plugin"), "source" },
            { new ByteArrayContent(await File.ReadAllBytesAsync(ApiProcess.Launcher)), "executable", fileName },
            { new StringContent("some data"), "file", "data/notes.txt" },
        };
        return await client.PostAsync("/api/admin/releases", form);
    }

    public void Dispose() => client.Dispose();
}
