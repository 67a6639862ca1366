using System.Globalization;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;
using Kilometers.Ui.Recorded;
using Kilometers.Ui.Tokens;
using RazorSlices;

namespace Kilometers.Ui.Pages;

/// <summary>The pages of what was recorded.</summary>
internal sealed partial class RecordedPages(
    ReaderPool files,
    RunningSessions running,
    TokenCounts tokens,
    CallTokenCounts callTokens,
    FoundInSessions found,
    TimeProvider time
)
{
    private const int SessionsPerPage = 100;
    private const int MaxSessions = 10_000;

    public Task SessionsAsync(HttpContext context) => PageAsync(context, reader =>
        {
            var limit = Number(context, "limit") is > 0 and <= MaxSessions and var asked ? (int)asked : SessionsPerPage;
            var server = Query(context, "server");
            var sessions = reader.Sessions(server, limit: limit + 1);
            return SessionsSlice.Create(
                new SessionsModel(
                    [.. sessions.Take(limit)],
                    running.Keys,
                    time.GetUtcNow(),
                    server,
                    sessions.Count > limit ? Math.Min(limit * 4, MaxSessions) : null
                )
            );
        });

    public static Task NowhereAsync(HttpContext context) => ((IResult)Notice(context, NotFound)).ExecuteAsync(context);

    /// <summary>A page, or the notice that says why there is none.</summary>
    /// <param name="context">The request.</param>
    /// <param name="read">Reads what the page shows; null: there is no such thing.</param>
    private async Task PageAsync(HttpContext context, Func<RecordingReader, IResult?> read)
    {
        IResult page;
        try
        {
            page = await files.UseAsync(read, context.RequestAborted).ConfigureAwait(false) ?? Notice(context, NotFound);
        }
        catch (RecordingException e)
        {
            page = Notice(context, Explain(e));
        }

        await page.ExecuteAsync(context).ConfigureAwait(false);
    }

    private static readonly NoticeModel NotFound = new(
        "Not found",
        "It was never recorded, or it was deleted: km keeps sessions for a limited time.",
        Status: StatusCodes.Status404NotFound
    );

    private static RazorSlice<NoticeModel> Notice(HttpContext context, NoticeModel notice)
    {
        context.Response.StatusCode = notice.Status;
        return NoticeSlice.Create(notice);
    }

    private static NoticeModel Explain(RecordingException exception) =>
        exception.Fault switch
        {
            SqliteFault.Missing => new NoticeModel(
                "Nothing has been recorded yet",
                "Install the recorder, then run a session. It appears here while it runs.",
                "km plugins install recorder"
            ),
            SqliteFault.Newer => new NoticeModel(
                "The recordings are from a newer version of km",
                "Update km, then start km ui again.",
                "km update"
            ),
            SqliteFault.Busy => new NoticeModel("The recordings are in use", "Another process holds them. Reload in a moment."),
            SqliteFault.Damaged => new NoticeModel(
                "The recordings are damaged",
                $"{exception.Message}. The recorder sets the file aside when it next writes to it."
            ),
            _ => new NoticeModel("The recordings cannot be read", exception.Message),
        };

    private static string? Query(HttpContext context, string name) =>
        context.Request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private static long? Number(HttpContext context, string name) =>
        long.TryParse(Query(context, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long? Id(HttpContext context, string name = "id") =>
        long.TryParse(context.GetRouteValue(name) as string, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
