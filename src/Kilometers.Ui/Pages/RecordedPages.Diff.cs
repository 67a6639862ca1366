using Kilometers.Transcripts;
using Kilometers.Transcripts.Comparing;

namespace Kilometers.Ui.Pages;

/// <summary>The page that compares two sessions.</summary>
internal sealed partial class RecordedPages
{
    private const int MaxOthers = 200;

    public Task DiffAsync(HttpContext context) => PageAsync(context, reader =>
        {
            if (Head(context, reader, "diff") is not { } head)
                return null;
            var session = head.Session;
            var others = reader
                .Sessions(limit: MaxOthers)
                .Where(one => one.Row != session.Row)
                .OrderByDescending(one => one.Server == session.Server)
                .ToList();
            var other = Query(context, "with") is { } key
                ? reader.SessionOf(key)
                : others.FirstOrDefault(one => one.Server == session.Server && one.Started < session.Started);
            if (other is not null && others.TrueForAll(one => one.Row != other.Row))
                others.Add(other);
            if (other is null || other.Messages + session.Messages > DiffModel.MaxMessages)
                return DiffSlice.Create(new DiffModel(head, others, other, null, [], []));
            return DiffSlice.Create(
                new DiffModel(
                    head,
                    others,
                    other,
                    SessionComparison.Of(Transcript.Load(reader, other), Transcript.Load(reader, session), _ => false),
                    [.. reader.CallsOf(other.Row).Select(call => call.Id)],
                    [.. reader.CallsOf(session.Row).Select(call => call.Id)]
                )
            );
        });
}
