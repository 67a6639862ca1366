using System.Text;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>One item of an array.</summary>
/// <param name="Start">Where it begins in the message.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Text">Its text; null if it is no string, or is masked already.</param>
/// <param name="Kind">Of an object, how much its name says.</param>
internal readonly record struct JsonItem(int Start, int End, string? Text, NameKind Kind = NameKind.Other);

/// <summary>
/// Secrets that an array tells as a whole: rows below a row of headings (<c>"columns": ["user", "password"], "rows": [["ada", "…"]]</c>), and the
/// words of a command (<c>["curl", "-u", "ada:…"]</c>).
/// </summary>
internal sealed class JsonLists(SecretNames names, TextRedaction text)
{
    public const int MaxItems = 64;
    private const int MaxCommand = 4096;
    private const int MaxHeading = 40;

    private NameKind[] _columns = [];

    /// <summary>Masks what is secret in an array that has ended.</summary>
    /// <param name="list">The array.</param>
    /// <param name="member">The member that it is the value of, if it is one's.</param>
    /// <param name="edits">The edits of the message.</param>
    public void Close(JsonFrame list, string member, ref JsonEdits edits)
    {
        if (list.Items is not { Count: >= 2 and <= MaxItems } items)
            return;
        if (items.Exists(static item => item.Text is ['-', '-' or (>= 'A' and <= 'z'), ..]))
            MaskCommand(items, ref edits);
        if (items.Count == _columns.Length)
            MaskRow(items, ref edits);
        else if (member is not ("required" or "enum"))
            ReadHeadings(items);
    }

    private void ReadHeadings(List<JsonItem> items)
    {
        var any = false;
        var columns = new NameKind[items.Count];
        for (var column = 0; column < columns.Length; column++)
        {
            var (_, _, heading, kind) = items[column];
            columns[column] = heading is { Length: <= MaxHeading } ? Tables.Heading(heading, names) : kind;
            any |= columns[column] is NameKind.Secret or NameKind.Ambiguous;
        }
        if (any)
            _columns = columns;
    }

    private void MaskRow(List<JsonItem> items, ref JsonEdits edits)
    {
        for (var column = 0; column < _columns.Length; column++)
        {
            if (
                _columns[column] is NameKind.Secret or NameKind.Ambiguous
                && items[column] is { Text: { } cell } item
                && Tables.Hides(_columns[column], cell)
            )
                edits.Replace(item.Start, item.End, JsonEdits.Encode(SecretMasker.Mask));
        }
    }

    private void MaskCommand(List<JsonItem> items, ref JsonEdits edits)
    {
        if (items.Sum(static item => item.Text?.Length ?? 0) > MaxCommand)
            return;
        var line = new StringBuilder();
        foreach (var item in items)
            line.Append(item.Text).Append(' ');
        var secrets = text.Find(line.ToString());
        var start = 0;
        foreach (var item in items)
        {
            var end = start + (item.Text?.Length ?? 0);
            var own = secrets
                .Where(secret => secret.Start < end && secret.End > start)
                .Select(secret => new SecretRange(Math.Max(secret.Start, start) - start, Math.Min(secret.End, end) - start))
                .ToList();
            if (own.Count > 0)
                edits.Replace(item.Start, item.End, JsonEdits.Encode(text.Redact(item.Text!, own)));
            start = end + 1;
        }
    }
}
