using System.Globalization;
using System.Text.Encodings.Web;

namespace Kilometers.Ui.Access;

/// <summary>
/// Decides which requests are answered. Other web sites can make a browser send requests here, and other programs can connect: a request needs
/// the right host (a foreign name may resolve to this machine), no foreign origin, and the cookie.
/// </summary>
/// <param name="entry">The secrets.</param>
/// <param name="port">The port that is served.</param>
/// <param name="icon">The address of the icon, which a browser asks for with every page.</param>
internal sealed class RequestGate(EntryToken entry, int port, string icon)
{
    public const string TokenName = "token";

    private const string NotOurs = "This address serves only its own pages.";

    private const string NotOpened =
        "These pages belong to one browser: the one that first opened the address km ui printed. That address works once. Run km ui again for another.";

    private readonly string _cookieName = string.Create(CultureInfo.InvariantCulture, $"km-ui-{port}");
    private readonly string[] _hosts =
    [
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
        string.Create(CultureInfo.InvariantCulture, $"localhost:{port}"),
    ];

    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        Protect(context.Response);
        var request = context.Request;
        if (!_hosts.Contains(request.Host.Value, StringComparer.OrdinalIgnoreCase))
            await RefuseAsync(context, StatusCodes.Status403Forbidden, NotOurs).ConfigureAwait(false);
        else if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            await RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "These pages can only be read.").ConfigureAwait(false);
        else if (HttpMethods.IsGet(request.Method) && request.Query[TokenName] is [{ Length: > 0 } token] && entry.TryUse(token))
            await LetInAsync(context).ConfigureAwait(false);
        else if (IsForeign(request))
            await RefuseAsync(context, StatusCodes.Status403Forbidden, NotOurs).ConfigureAwait(false);
        else if (!entry.IsCookie(request.Cookies[_cookieName]))
            await RefuseAsync(context, StatusCodes.Status403Forbidden, NotOpened).ConfigureAwait(false);
        else
            await next(context).ConfigureAwait(false);
    }

    /// <summary>
    /// Sets the cookie, and has the browser go to the page itself: after a redirect it would not send the cookie if another site's page, such as
    /// a terminal in a browser, held the link.
    /// </summary>
    private Task LetInAsync(HttpContext context)
    {
        context.Response.Cookies.Append(
            _cookieName,
            entry.Cookie,
            new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Path = "/",
                IsEssential = true,
            }
        );
        context.Response.ContentType = "text/html; charset=utf-8";
        var target = HtmlEncoder.Default.Encode(context.Request.Path.ToUriComponent().TrimStart('/'));
        return context.Response.WriteAsync(
            $"<!DOCTYPE html><html lang=\"en\"><title>Kilometers</title><link rel=\"icon\" href=\"{icon}\"><meta http-equiv=\"refresh\" content=\"0; url=/{target}\"><a href=\"/{target}\">Continue</a>\n"
        );
    }

    /// <summary>Whether a page of another origin caused the request.</summary>
    private static bool IsForeign(HttpRequest request)
    {
        if (request.Headers.Origin is [var origin, ..] && origin != "http://" + request.Host.Value)
            return true;
        return request.Headers["Sec-Fetch-Site"] is [var site, ..] && site is not ("same-origin" or "none");
    }

    private static void Protect(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
            + " base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    private static Task RefuseAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(why + "\n");
    }
}
