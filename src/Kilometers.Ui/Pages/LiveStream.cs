using System.Globalization;
using Kilometers.Ui.Recorded;

namespace Kilometers.Ui.Pages;

/// <summary>Server-sent events: one for each change, for as long as a page is open.</summary>
internal sealed class LiveStream(ChangeWatch changes, CancellationToken ending)
{
    /// <summary>A page that is open in the background shows that it is: it gets no events, since a browser has few connections.</summary>
    public static Task StillHereAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public async Task ServeAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        using var visit = changes.Enter();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        try
        {
            await context.Response.WriteAsync("retry: 1000\n\n", either.Token).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(either.Token).ConfigureAwait(false);
            var seen = changes.Changes;
            while (true)
            {
                seen = await changes.NextAsync(seen).WaitAsync(either.Token).ConfigureAwait(false);
                var message = string.Create(CultureInfo.InvariantCulture, $"event: change\ndata: {seen}\n\n");
                await context.Response.WriteAsync(message, either.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The page is closed, or the program ends.
        }
    }
}
