using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kilometers.Http.SignIn;

/// <summary>The requests of a sign-in: small, bounded, and to no address that <see cref="SafeAddress"/> does not allow.</summary>
/// <param name="server">The server that the user signs in to.</param>
internal sealed class SignInRequests(Uri server)
{
    private const int MaxBody = 1 << 20;
    private const int MaxRedirects = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _name = Observing.SessionSettings.WithoutSecrets(server);

    /// <summary>Reads a document that describes a server.</summary>
    /// <returns>Null if there is none at this address.</returns>
    /// <exception cref="Contracts.KmException">The address cannot be reached.</exception>
    public async Task<byte[]?> FindAsync(Uri address, CancellationToken cancellationToken)
    {
        for (var redirects = 0; redirects <= MaxRedirects && SafeAddress.Allows(address, server); redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            var (status, location, body) = await SendAsync(request, cancellationToken).ConfigureAwait(false);
            if ((int)status is >= 300 and < 400 && location is not null)
                address = new Uri(address, location);
            else
                return status == HttpStatusCode.OK ? body : null;
        }

        return null;
    }

    /// <summary>Asks an endpoint of the authorization server. Its answer is a document, whatever its status.</summary>
    /// <returns>Null if it is not.</returns>
    /// <exception cref="Contracts.KmException">The address cannot be reached.</exception>
    public async Task<(HttpStatusCode Status, T? Answer)> PostAsync<T>(
        Uri address,
        HttpContent content,
        Action<HttpRequestMessage> prepare,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        prepare(request);
        var (status, _, body) = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return (status, Parse(body, type));
    }

    /// <summary>Reads a document.</summary>
    /// <returns>Null if it is not one.</returns>
    public static T? Parse<T>(byte[] body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<(HttpStatusCode Status, Uri? Location, byte[] Body)> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var host = request.RequestUri!.GetLeftPart(UriPartial.Authority);
        try
        {
            var handler = Upstream.Create(request.RequestUri);
            handler.AutomaticDecompression = DecompressionMethods.All;
            using var http = new HttpClient(handler) { MaxResponseContentBufferSize = MaxBody };
            request.Version = HttpVersion.Version20;
            using var response = await http.SendAsync(request, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            return (response.StatusCode, response.Headers.Location, body);
        }
        catch (HttpRequestException e)
        {
            throw SignInFaults.Failed(_name, $"{host}: {e.GetBaseException().Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw SignInFaults.Failed(_name, $"{host} did not answer within {Limit.TotalSeconds:0} seconds");
        }
    }
}
