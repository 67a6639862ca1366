using System.Globalization;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>The pages of one session, and of one call.</summary>
internal sealed partial class RecordedPages
{
    /// <summary>As many as the script asks for at once.</summary>
    private const int RowsPerPage = 100;

    private const int FoundPerPage = 500;
    private const int NotesPerPage = 500;

    public Task SessionAsync(HttpContext context) => PageAsync(context, reader =>
        {
            if (Head(context, reader, "") is not { } head)
                return null;
            var (typed, filter, problem) = Filter(context, reader, head.Session);
            return SessionSlice.Create(
                new SessionModel(
                    head,
                    typed,
                    problem,
                    Rows(head, filter is null ? [] : Page(reader, filter, 0)),
                    filter is null ? 0 : Count(reader, filter, head.Session, typed)
                )
            );
        });

    /// <summary>A page of rows for the script; with <c>count</c>, how many rows there are now.</summary>
    public Task RowsAsync(HttpContext context) => PageAsync(context, reader =>
        {
            if (Head(context, reader, "") is not { } head || Filter(context, reader, head.Session) is not (var typed, { } filter, _))
                return null;
            if (Number(context, "count") is not null)
                context.Response.Headers["km-total"] = Count(reader, filter, head.Session, typed).ToString(CultureInfo.InvariantCulture);
            var calls = Page(reader, filter with { After = Number(context, "after") ?? 0 }, Number(context, "skip") ?? 0);
            return CallRowsSlice.Create(Rows(head, calls));
        });

    public Task NotesAsync(HttpContext context) => PageAsync(context, reader =>
        {
            if (Head(context, reader, "notes") is not { } head)
                return null;
            var asked = Query(context, "kind") ?? "";
            var kinds = NotesModel.Choices.FirstOrDefault(choice => choice.Name == asked).Kind;
            var after = Number(context, "after") ?? 0;
            var notes = SessionNotes.Page(reader, head.Session.Row, kinds, after, NotesPerPage + 1);
            return NotesSlice.Create(
                new NotesModel(
                    head,
                    kinds,
                    [.. notes.Take(NotesPerPage)],
                    notes.Count > NotesPerPage ? notes[NotesPerPage - 1].Sequence : null,
                    after == 0
                )
            );
        });

    public Task CallAsync(HttpContext context) => PageAsync(context, reader =>
        {
            if (Call(context, reader) is not { } call)
                return null;
            var session = reader.SessionOf(call.Session);
            var neighbours = new CallFilter { Session = call.Session };
            var isCounting = call.RequestTokens is null && CountTokens(reader, neighbours) is { Bytes: > 0, IsSmall: true };
            return CallSlice.Create(
                new CallModel(
                    call,
                    session,
                    reader.Payloads(call),
                    CallList.Before(reader, neighbours, call.Id)?.Id,
                    CallList.Page(reader, neighbours with { After = call.Id }, 0, 1) is [var next] ? next.Id : null,
                    session is { Ended: null } && running.Keys.Contains(session.Key),
                    isCounting,
                    time.GetUtcNow(),
                    session is null
                        ? []
                        : [.. FindingsByCall(session)[call.Sequence].Select(one => new ShownFinding(one, session, call.Id))]
                )
            );
        });

    /// <summary>A message as it was recorded, as plain text: a browser must not take it for anything else.</summary>
    public Task MessageAsync(HttpContext context) =>
        PageAsync(context, reader =>
            Call(context, reader) is { } call
            && Id(context, "at") is { } at
            && reader.Payloads(call).ElementAtOrDefault((int)Math.Min(at, int.MaxValue)) is { Payload: { } payload }
                ? Results.Bytes(payload, "text/plain; charset=utf-8")
                : null
        );

    private SessionHead? Head(HttpContext context, RecordingReader reader, string tab) =>
        reader.SessionOf((string)context.GetRouteValue("key")!) is { } session
            ? new SessionHead(session, running.Keys, time.GetUtcNow(), tab)
            : null;

    private static RecordedCall? Call(HttpContext context, RecordingReader reader) =>
        Id(context) is { } id && reader.Calls(new CallFilter { Call = id }, 1) is [var call] ? call : null;

    private (string Typed, CallFilter? Filter, string? Problem) Filter(HttpContext context, RecordingReader reader, RecordedSession session)
    {
        var typed = Query(context, "q") ?? "";
        var filter = Showing.Query.Read(typed, time.GetUtcNow(), text => Find(reader, text), out var problem);
        return (typed, filter is null ? null : filter with { Session = session.Row }, problem);
    }

    /// <summary>Texts are searched from the newest on, all at once; everything else is read by page.</summary>
    private static IReadOnlyList<RecordedCall> Page(RecordingReader reader, CallFilter filter, long skip) =>
        filter.Texts.Count == 0
            ? CallList.Page(reader, filter, skip, RowsPerPage)
            :
            [
                .. Found(reader, filter)
                    .Where(call => call.Id > (filter.After ?? 0))
                    .Skip((int)Math.Min(skip, int.MaxValue))
                    .Take(RowsPerPage),
            ];

    /// <summary>Without a filter the session itself says how many: half a million calls are not counted for each page.</summary>
    private static long Count(RecordingReader reader, CallFilter filter, RecordedSession session, string typed) =>
        typed.Length == 0 ? session.Calls
        : filter.Texts.Count == 0 ? CallList.Count(reader, filter)
        : Found(reader, filter).Count();

    private static IEnumerable<RecordedCall> Found(RecordingReader reader, CallFilter filter) =>
        reader.Calls(filter with { After = null }, FoundPerPage).Reverse();

    private CallRows Rows(SessionHead head, IReadOnlyList<RecordedCall> calls) =>
        new(calls, head.Session.Started, time.GetUtcNow(), head.IsRunning, FindingsByCall(head.Session));

    private static RecordedSession? Find(RecordingReader reader, string text) =>
        (text == "last" ? reader.Sessions(limit: 1) : reader.Find(text)) is [var session, ..] ? session : null;
}
