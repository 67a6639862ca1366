using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Kilometers.Contracts.Api;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.PluginHost.Tests.Authorization;

/// <summary>As much of the API as the entitlement needs, over real HTTP, with a clock that the test sets. What the real one does is tested with it, end to end.</summary>
internal sealed class TokenApi : IDisposable
{
    private readonly HttpListener _listener;
    private readonly RSA _key = RSA.Create(3072);
    private readonly TimeProvider _time;

    public TokenApi(TimeProvider time)
    {
        _time = time;
        (_listener, Endpoint) = LocalHttp.Listen();
        _ = Task.Run(ServeAsync);
    }

    public string Endpoint { get; }

    public string Tier { get; set; } = "Pro";

    public string Customer { get; set; } = "cus_1";

    /// <summary>The status of every answer; 200: a good one.</summary>
    public int Status { get; set; } = 200;

    public string Code { get; set; } = "API_AUT_001";

    /// <summary>How often it was asked for a token.</summary>
    public int Questions => Volatile.Read(ref _questions);

    private int _questions;

    public void Dispose()
    {
        _listener.Close();
        _key.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var response = context.Response;
                response.StatusCode = Status;
                await response.OutputStream.WriteAsync(await AnswerAsync(context.Request));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task<byte[]> AnswerAsync(HttpListenerRequest request)
    {
        var issuerKey = Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());
        if (request.Url!.AbsolutePath == "/api/subscription/status")
        {
            return JsonSerializer.SerializeToUtf8Bytes(
                new SubscriptionStatus
                {
                    CustomerId = Customer,
                    CustomerName = "Test",
                    KeyId = "k",
                    Tier = Tier,
                    Features = [],
                    Issuer = Endpoint,
                    IssuerKey = issuerKey,
                },
                ApiJson.Of<SubscriptionStatus>()
            );
        }

        Interlocked.Increment(ref _questions);
        if (Status != 200)
            return JsonSerializer.SerializeToUtf8Bytes(
                new ApiProblem
                {
                    Title = "Refused",
                    Status = Status,
                    Code = Code,
                },
                ApiJson.Of<ApiProblem>()
            );
        var question = (await JsonSerializer.DeserializeAsync(request.InputStream, ApiJson.Of<EntitlementRequest>()))!;
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var token = new EntitlementToken
        {
            Issuer = Endpoint,
            CustomerId = Customer,
            Id = Guid.NewGuid().ToString("N"),
            IssuedAt = now,
            ExpiresAt = now + 600,
            OfflineUntil = now + (72 * 3600),
            KeyId = "k",
            Tier = Tier,
            Features = [],
            Plugins = question.Plugins.ToDictionary(plugin => plugin.Name, plugin => (IReadOnlyList<string>)[plugin.BuildId]),
            Nonce = question.Nonce,
            RevocationNumber = 0,
        };
        return JsonSerializer.SerializeToUtf8Bytes(
            new EntitlementAnswer
            {
                Token = token.Sign(_key),
                Issuer = Endpoint,
                IssuerKey = issuerKey,
                ServerTime = _time.GetUtcNow(),
                RevocationNumber = 0,
                Plugins = [],
            },
            ApiJson.Of<EntitlementAnswer>()
        );
    }
}
