using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Http;

/// <summary>Reads and writes the records of the API.</summary>
internal static class RequestBody
{
    /// <summary>Reads a JSON body.</summary>
    /// <exception cref="KmException"><c>API_REQ_001</c>: it is none, or a member is missing, there twice, or of another kind.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, too slow, or ends early.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
            throw new BadHttpRequestException("The body must be application/json", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            return await JsonSerializer
                .DeserializeAsync(context.Request.Body, ApiJson.Of<T>(), context.RequestAborted)
                .ConfigureAwait(false)
                ?? throw Problems.Invalid("The body is null");
        }
        catch (JsonException e)
        {
            throw Problems.Invalid(Explain(e));
        }
    }

    /// <summary>An answer.</summary>
    public static IResult Answer<T>(T record, int status = StatusCodes.Status200OK) =>
        Results.Json(record, ApiJson.Of<T>(), statusCode: status);

    /// <summary>What is wrong with a body, in words for its sender.</summary>
    public static string Explain(JsonException e)
    {
        // "… for type 'Kilometers.Contracts.Api.X' …": our type names are nobody's business.
        var text = e.Message;
        for (int start; (start = text.IndexOf("Kilometers.Contracts.", StringComparison.Ordinal)) >= 0; )
        {
            var end = text.LastIndexOf('.', Math.Max(start, text.IndexOf('\'', start)));
            text = end <= start ? text.Remove(start, "Kilometers.Contracts.".Length) : text.Remove(start, end + 1 - start);
        }

        return text;
    }
}
