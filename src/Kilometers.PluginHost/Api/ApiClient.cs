using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.PluginHost.Api;

/// <summary>
/// The API as km uses it. Every failure is a <see cref="KmException"/> with the API's own code, or one of <c>API_NET_…</c> where no API
/// answered; <see cref="IsOutage"/> tells the two apart. Proxies are those of the environment (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>).
/// </summary>
internal sealed class ApiClient : IDisposable
{
    private const int MaxReceipts = 200_000;
    private const int MaxAnswer = 4 << 20;
    private const int MaxProblemText = 500;
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly Uri _endpoint;
    private readonly TimeSpan _limit;

    /// <param name="endpoint">The API's address, as the settings allow it.</param>
    /// <param name="key">The customer's key; null for what anybody may ask.</param>
    /// <param name="version">SemVer of km.</param>
    /// <param name="limit">How long one answer may take; null: 30 s.</param>
    public ApiClient(string endpoint, ApiKey? key, string version, TimeSpan? limit = null)
    {
        _endpoint = new Uri(endpoint.EndsWith('/') ? endpoint : endpoint + "/");
        _limit = limit ?? AnswerLimit;

        // No redirects: a key is for this address and no other. No proxy for this machine itself: it would get the key unencrypted.
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = _endpoint.Scheme == Uri.UriSchemeHttps,
                ConnectTimeout = ConnectLimit < _limit ? ConnectLimit : _limit,
                AutomaticDecompression = DecompressionMethods.All,
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswer,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("km", version));
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Text);
    }

    /// <summary>The clock of what answered last; null where nothing answered, or it did not say.</summary>
    public DateTimeOffset? AnsweredAt { get; private set; }

    /// <summary>Whether an error means that no API answered: an outage, never a refusal.</summary>
    public static bool IsOutage(KmError error) =>
        error.Code
            is ErrorCode.ApiUnreachable
                or ErrorCode.ApiTimeout
                or ErrorCode.ApiAnswer
                or ErrorCode.ApiInternal
                or ErrorCode.ApiBusy
                or ErrorCode.ApiRateLimited;

    public Task<SubscriptionStatus> StatusAsync(CancellationToken cancellationToken) =>
        GetAsync<SubscriptionStatus>("api/subscription/status", cancellationToken);

    public Task<ProvisionedPackages> ProvisionAsync(ProvisionRequest request, CancellationToken cancellationToken) =>
        PostAsync<ProvisionRequest, ProvisionedPackages>("api/plugins/provision", request, cancellationToken);

    public Task<EntitlementAnswer> AuthenticateAsync(EntitlementRequest request, CancellationToken cancellationToken) =>
        PostAsync<EntitlementRequest, EntitlementAnswer>("api/plugins/authenticate", request, cancellationToken);

    /// <summary>The releases of km itself for a platform; needs no key.</summary>
    public Task<KmReleaseList> KmReleasesAsync(string platform, CancellationToken cancellationToken) =>
        GetAsync<KmReleaseList>($"api/km/releases?platform={platform}", cancellationToken);

    /// <summary>Shows the API where the audit log stands.</summary>
    public Task<AuditReceipt> WitnessAsync(AuditHeadRequest request, CancellationToken cancellationToken) =>
        PostAsync<AuditHeadRequest, AuditReceipt>("api/audit/heads", request, cancellationToken);

    /// <summary>All receipts of an installation.</summary>
    public async Task<IReadOnlyList<AuditReceipt>> ReceiptsAsync(string installation, CancellationToken cancellationToken)
    {
        var all = new List<AuditReceipt>();
        string? cursor = null;
        do
        {
            var page = await GetAsync<AuditReceiptList>(
                    $"api/audit/heads?installation={installation}{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}",
                    cancellationToken
                )
                .ConfigureAwait(false);
            all.AddRange(page.Receipts);
            cursor = page.Cursor;

            // An API that answers without end must not hold the command, and part of the receipts would pass for all of them.
            if (cursor is not null && (page.Receipts.Count == 0 || all.Count > MaxReceipts))
                throw NotUnderstood("Its list of receipts has no end");
        } while (cursor is not null);
        return all;
    }

    /// <summary>Stores hours of figures.</summary>
    public Task<InsightBatchResult> StoreInsightsAsync(InsightBatch batch, CancellationToken cancellationToken) =>
        PostAsync<InsightBatch, InsightBatchResult>("api/insights/batch", batch, cancellationToken);

    /// <returns>The signed list as it is; null if the API has none.</returns>
    public async Task<byte[]?> RevocationsAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, Address("api/plugins/revocations")),
                HttpCompletionOption.ResponseContentRead,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.NoContent)
            return null;
        await RefuseAsync(response, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gets a package, or the rest of one.</summary>
    /// <param name="url">Where, relative to the API's address.</param>
    /// <param name="size">How many bytes it has.</param>
    /// <param name="file">What was got of it before; what comes is appended.</param>
    /// <param name="progress">Gets the bytes that are there; null: nobody is told.</param>
    /// <param name="cancellationToken">Gives up; what came stays in the file.</param>
    public async Task DownloadAsync(string url, long size, FileStream file, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var address = new Uri(_endpoint, url);
        if (!address.AbsoluteUri.StartsWith(_endpoint.AbsoluteUri, StringComparison.Ordinal))
            throw new KmException(
                new KmError(
                    ErrorCode.ApiAnswer,
                    "The API named a download address that is not its own",
                    address.GetLeftPart(UriPartial.Path),
                    "Check the address of the API."
                )
            );
        var have = file.Length;
        using var response = await SendAsync(
                () =>
                {
                    var request = new HttpRequestMessage(HttpMethod.Get, address);
                    if (have > 0)
                        request.Headers.Range = new RangeHeaderValue(have, null);
                    return request;
                },
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            )
            .ConfigureAwait(false);
        await RefuseAsync(response, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.PartialContent)
            file.SetLength(0);
        file.Seek(0, SeekOrigin.End);
        await CopyAsync(response, file, size, progress, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A package may take long, but never stand still for long.</summary>
    private async Task CopyAsync(
        HttpResponseMessage response,
        FileStream file,
        long size,
        IProgress<long>? progress,
        CancellationToken cancellationToken
    )
    {
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var buffer = new byte[81920];
            while (true)
            {
                stalled.CancelAfter(_limit);
                var count = await body.ReadAsync(buffer, stalled.Token).ConfigureAwait(false);
                if (count == 0)
                    return;
                if (file.Length + count > size)
                    throw new KmException(
                        new KmError(
                            ErrorCode.ApiAnswer,
                            "The API sent more bytes than the package has",
                            $"{size} bytes were announced.",
                            "Try again."
                        )
                    );
                await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                progress?.Report(file.Length);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TimedOut();
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            throw Unreachable(e);
        }
    }

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
                () => new HttpRequestMessage(HttpMethod.Get, Address(path)),
                HttpCompletionOption.ResponseContentRead,
                cancellationToken
            )
            .ConfigureAwait(false);
        return await ReadAsync(response, ApiJson.Of<T>(), cancellationToken).ConfigureAwait(false);
    }

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(string path, TRequest request, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, ApiJson.Of<TRequest>());
        using var response = await SendAsync(
                () =>
                    new HttpRequestMessage(HttpMethod.Post, Address(path))
                    {
                        Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
                    },
                HttpCompletionOption.ResponseContentRead,
                cancellationToken
            )
            .ConfigureAwait(false);
        return await ReadAsync(response, ApiJson.Of<TAnswer>(), cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> create,
        HttpCompletionOption completion,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        try
        {
            using var request = create();
            var response = await _http.SendAsync(request, completion, limit.Token).ConfigureAwait(false);
            AnsweredAt = response.Headers.Date;
            return response;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TimedOut();
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await RefuseAsync(response, cancellationToken).ConfigureAwait(false);
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null is not an answer");
        }
        catch (JsonException e)
        {
            throw NotUnderstood(e.Message);
        }
    }

    private async Task RefuseAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return;
        ApiProblem? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize(
                await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false),
                ApiJson.Of<ApiProblem>()
            );
        }
        catch (Exception e) when (e is JsonException or HttpRequestException)
        {
            // No problem details: something else than our API answered, a proxy for one.
        }

        throw problem is { Code: { Length: > 0 } code, Title: { } title }
            ? new KmException(
                new KmError(
                    Cut(code),
                    Cut(title),
                    problem.Detail is null ? null : Cut(problem.Detail),
                    problem.Hint is null ? null : Cut(problem.Hint)
                )
            )
            : NotUnderstood($"Status {(int)response.StatusCode}");
    }

    private Uri Address(string path) => new(_endpoint, path);

    private KmException Unreachable(Exception e) =>
        new(
            new KmError(
                ErrorCode.ApiUnreachable,
                $"The API at {_endpoint} cannot be reached",
                (e.InnerException ?? e).Message,
                "Check the address (km config show), the network and the proxy."
            )
        );

    private KmException TimedOut() =>
        new(
            new KmError(
                ErrorCode.ApiTimeout,
                $"The API at {_endpoint} did not answer within {_limit.TotalSeconds:0} s",
                Hint: "Try again later."
            )
        );

    private KmException NotUnderstood(string why) =>
        new(
            new KmError(ErrorCode.ApiAnswer, $"{_endpoint} did not respond like a Kilometers API", why, "Check the address: km config show")
        );

    private static string Cut(string text) => text.Length <= MaxProblemText ? text : text[..MaxProblemText];
}
