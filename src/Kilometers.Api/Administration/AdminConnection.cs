using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Administration;

/// <summary>Calls the admin endpoints of a running server.</summary>
internal sealed class AdminConnection
{
    private const string KeyVariable = "KM_API_OPERATOR_KEY";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public Option<string> Endpoint { get; } = new("--endpoint")
    {
        Description = "The server. Default: KM_API_ENDPOINT, else http://127.0.0.1:5080.",
        HelpName = "URL",
        Recursive = true,
        DefaultValueFactory = _ => WrittenText.Trim(Environment.GetEnvironmentVariable("KM_API_ENDPOINT")) is { Length: > 0 } url ? url : "http://127.0.0.1:5080",
    };

    public Option<string?> KeyFile { get; } = new("--operator-key-file") { Description = $"The file with the operator's key. Default: {KeyVariable}_FILE.", HelpName = "FILE", Recursive = true };

    /// <summary>One part of a path, whatever characters were given.</summary>
    public static string Part(string text) => Uri.EscapeDataString(text);

    public static string Query(params (string Name, string? Value)[] pairs) =>
        pairs.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}").ToList() is { Count: > 0 } given ? "?" + string.Join('&', given) : "";

    public static JsonArray Array(string[]? texts) => new([.. (texts ?? []).Select(text => (JsonNode)text)]);

    public Task<int> GetAsync(ParseResult parsed, string path, CancellationToken cancellationToken) => SendAsync(parsed, HttpMethod.Get, path, content: null, cancellationToken);

    public Task<int> PostAsync(ParseResult parsed, string path, JsonObject? body, CancellationToken cancellationToken) =>
        SendAsync(parsed, HttpMethod.Post, path, body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), cancellationToken);

    /// <summary>Sends a request, and prints the answer.</summary>
    /// <exception cref="KmException">The server refused, or cannot be reached.</exception>
    public async Task<int> SendAsync(ParseResult parsed, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var address = parsed.GetValue(Endpoint);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var endpoint) || (endpoint.Scheme != Uri.UriSchemeHttps && !(endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback)))
            throw new KmException(new KmError(ErrorCode.InvalidEndpoint, "The server's address cannot be used", $"'{address}' is neither HTTPS nor this machine: the operator's key would be readable on the way.", "Give --endpoint https://…"));
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        using var request = new HttpRequestMessage(method, new Uri(endpoint, "/api/admin/" + path)) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key(parsed));
        try
        {
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode) throw new KmException(Read(text, (int)response.StatusCode));
            if (text.Length > 0) await Console.Out.WriteLineAsync(JsonNode.Parse(text)!.ToJsonString(Indented)).ConfigureAwait(false);
            return 0;
        }
        catch (HttpRequestException e)
        {
            throw new KmException(new KmError(ErrorCode.ApiUnreachable, "The server cannot be reached", e.Message, "Check --endpoint, and that the server runs"));
        }
    }

    private static KmError Read(string text, int status)
    {
        try
        {
            if (JsonSerializer.Deserialize(text, ApiJson.Of<ApiProblem>()) is { Code: { } code } problem) return new KmError(code, problem.Title ?? $"Status {status}", problem.Detail, problem.Hint);
        }
        catch (JsonException)
        {
            // Something on the way answered in place of the server.
        }

        return new KmError(ErrorCode.ApiAnswer, "The server's answer is not understood", $"Status {status}.", "Check that --endpoint is that of a km-api");
    }

    private string Key(ParseResult parsed)
    {
        if ((parsed.GetValue(KeyFile) ?? Environment.GetEnvironmentVariable(KeyVariable + "_FILE")) is { Length: > 0 } file) return Hosting.SecretPlaces.ReadText("--operator-key-file", file);
        return WrittenText.Trim(Environment.GetEnvironmentVariable(KeyVariable)) is { Length: > 0 } key
            ? key
            : throw new KmException(new KmError(ErrorCode.ApiOperatorRefused, "The operator's key is missing", Hint: $"Set {KeyVariable}, or give --operator-key-file FILE; the server keeps it in operator.key of its data folder"));
    }
}
