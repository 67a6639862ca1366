using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kilometers.Api.Configuration;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Administration;

/// <summary>Calls the admin endpoints of a running server.</summary>
internal sealed class AdminConnection(StandardError errors)
{
    private const string KeyVariable = "KM_API_OPERATOR_KEY";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Readable: it is printed, and never part of a page.</summary>
    public static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public Option<string> Endpoint { get; } =
        new("--endpoint")
        {
            Description = "The server. Default: KM_API_ENDPOINT, else http://127.0.0.1:5080.",
            HelpName = "URL",
            Recursive = true,
            DefaultValueFactory = _ =>
                WrittenText.Trim(Environment.GetEnvironmentVariable("KM_API_ENDPOINT")) is { Length: > 0 } url
                    ? url
                    : "http://127.0.0.1:5080",
        };

    public Option<string?> KeyFile { get; } =
        new("--operator-key-file")
        {
            Description = $"The file with the operator's key. Default: {KeyVariable}_FILE.",
            HelpName = "FILE",
            Recursive = true,
        };

    /// <summary>One part of a path, whatever characters were given.</summary>
    public static string Part(string text) => Uri.EscapeDataString(text);

    public static string Query(params (string Name, string? Value)[] pairs) =>
        pairs.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}").ToList()
            is { Count: > 0 } given
            ? "?" + string.Join('&', given)
            : "";

    public static JsonArray Array(string[]? texts) => new([.. (texts ?? []).Select(text => (JsonNode)text)]);

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON.", Recursive = true };

    /// <summary>Asks, and prints the answer.</summary>
    /// <exception cref="KmException">The server refused, or cannot be reached.</exception>
    public async Task<int> GetAsync(ParseResult parsed, string path, AdminView view, CancellationToken cancellationToken) =>
        Print(parsed, await AskAsync(parsed, HttpMethod.Get, path, content: null, cancellationToken).ConfigureAwait(false), view);

    /// <summary>Does something, and prints the answer, which is one record.</summary>
    /// <exception cref="KmException">The server refused, or cannot be reached.</exception>
    public Task<int> PostAsync(ParseResult parsed, string path, JsonObject? body, CancellationToken cancellationToken) =>
        SendAsync(
            parsed,
            HttpMethod.Post,
            path,
            body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
            cancellationToken
        );

    /// <summary>Sends something, and prints the answer, which is one record.</summary>
    /// <exception cref="KmException">The server refused, or cannot be reached.</exception>
    public async Task<int> SendAsync(
        ParseResult parsed,
        HttpMethod method,
        string path,
        HttpContent? content,
        CancellationToken cancellationToken
    ) => Print(parsed, await AskAsync(parsed, method, path, content, cancellationToken).ConfigureAwait(false), AdminView.Record);

    /// <returns>The answer; null where the server had nothing to say but that it is done.</returns>
    /// <exception cref="KmException">The server refused, or cannot be reached.</exception>
    public async Task<JsonNode?> AskAsync(
        ParseResult parsed,
        HttpMethod method,
        string path,
        HttpContent? content,
        CancellationToken cancellationToken
    )
    {
        var address = parsed.GetValue(Endpoint);
        if (
            !Uri.TryCreate(address, UriKind.Absolute, out var endpoint)
            || (endpoint.Scheme != Uri.UriSchemeHttps && !(endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback))
        )
            throw new KmException(
                new KmError(
                    ErrorCode.InvalidEndpoint,
                    "The server's address cannot be used",
                    $"'{address}' is neither HTTPS nor this machine: the operator's key would be readable on the way.",
                    "Give --endpoint https://…"
                )
            );
        using var client = new HttpClient { Timeout = Limit };
        using var request = new HttpRequestMessage(method, new Uri(endpoint, "/api/admin/" + path)) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key(parsed));
        try
        {
            using var response = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw new KmException(Read(text, (int)response.StatusCode));
            return text.Length > 0 ? JsonNode.Parse(text) : null;
        }
        catch (JsonException)
        {
            throw new KmException(NotOurs("Its answer is not JSON."));
        }
        catch (HttpRequestException e)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.ApiUnreachable,
                    "The server cannot be reached",
                    e.Message,
                    "Check --endpoint, that the server is running, and HTTPS_PROXY if it is set"
                )
            );
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.ApiTimeout,
                    "The server did not answer in time",
                    $"Nothing came within {Limit.TotalMinutes:0} minutes.",
                    "Check --endpoint, and look at the server's log"
                )
            );
        }
    }

    /// <summary>Prints an answer as JSON where asked to, else as <paramref name="view"/> has it.</summary>
    public int Print(ParseResult parsed, JsonNode? answer, AdminView view)
    {
        if (parsed.GetValue(Json))
        {
            Console.Out.WriteLine((answer ?? new JsonObject()).ToJsonString(Indented));
            return 0;
        }

        if (answer is null)
        {
            Console.Out.WriteLine("Done");
            return 0;
        }

        var isTerminal = !Console.IsOutputRedirected;
        var hasColors =
            isTerminal
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        var ellipsis = TerminalText.IsAsciiOnly(isTerminal) ? "~" : "…";
        foreach (var line in view.Format(answer, isTerminal ? Console.WindowWidth : null, hasColors, ellipsis))
            Console.Out.WriteLine(line);
        foreach (var (member, option) in new[] { ("next", "--after"), ("cursor", "--cursor") })
            if (answer[member] is { } more)
                errors.WriteLine($"More follow: {option} {more}");
        return 0;
    }

    private static KmError NotOurs(string why) =>
        new(ErrorCode.ApiAnswer, "The server's answer is not understood", why, "Check that --endpoint is that of a km-api");

    private static KmError Read(string text, int status)
    {
        try
        {
            if (JsonSerializer.Deserialize(text, ApiJson.Of<ApiProblem>()) is { Code: { } code } problem)
                return new KmError(code, problem.Title ?? $"Status {status}", problem.Detail, problem.Hint);
        }
        catch (JsonException)
        {
            // Something on the way answered in place of the server.
        }

        return NotOurs($"Status {status}.");
    }

    private string Key(ParseResult parsed)
    {
        if ((parsed.GetValue(KeyFile) ?? Environment.GetEnvironmentVariable(KeyVariable + "_FILE")) is { Length: > 0 } file)
            return SecretPlaces.ReadText("--operator-key-file", file);
        return WrittenText.Trim(Environment.GetEnvironmentVariable(KeyVariable)) is { Length: > 0 } key
            ? key
            : throw new KmException(
                new KmError(
                    ErrorCode.ApiOperatorRefused,
                    "The operator's key is missing",
                    Hint: $"Set {KeyVariable}, or give --operator-key-file FILE; the server keeps it in operator.key of its data folder"
                )
            );
    }
}
