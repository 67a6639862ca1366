namespace Kilometers.Cli.Commands.Top;

/// <summary>What sessions are sorted by.</summary>
internal enum TopOrder
{
    /// <summary>Calls per second.</summary>
    Traffic,

    /// <summary>The oldest call without an answer.</summary>
    Pending,

    /// <summary>The 95th percentile.</summary>
    Latency,

    /// <summary>Errors.</summary>
    Errors,

    /// <summary>Memory.</summary>
    Memory,

    /// <summary>Processor.</summary>
    Processor,

    /// <summary>The server's name.</summary>
    Name,
}

/// <summary>Where a person is in <c>km top</c>, and what keys change.</summary>
internal sealed class TopState
{
    /// <summary>The session that is marked; it stays marked when the order changes.</summary>
    public string? Selected { get; set; }

    /// <summary>The session whose calls are shown; null: all sessions.</summary>
    public string? Session { get; private set; }

    /// <summary>The call that is marked in it.</summary>
    public long? SelectedCall { get; set; }

    /// <summary>The call that is shown; null: none.</summary>
    public long? Call { get; private set; }

    /// <summary>Lines of the call that are above the terminal.</summary>
    public int Scrolled { get; set; }

    public TopOrder Order { get; private set; }

    public bool IsEnded { get; private set; }

    public bool HasHelp { get; private set; }

    /// <summary>Takes a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="rows">What can be marked now, from the top.</param>
    /// <param name="page">Rows of a page.</param>
    public void Take(ConsoleKeyInfo key, IReadOnlyList<string> rows, int page)
    {
        var hadHelp = HasHelp;
        HasHelp = false;
        switch (key)
        {
            case { KeyChar: 'q' or 'Q' } or { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control }:
                IsEnded = true;
                break;
            case { KeyChar: '?' or 'h' }:
                HasHelp = !hadHelp;
                break;
            case { KeyChar: 's' } when Session is null:
                Order = (TopOrder)(((int)Order + 1) % Enum.GetValues<TopOrder>().Length);
                break;
            case { KeyChar: 'S' } when Session is null:
                Order = (TopOrder)(((int)Order + Enum.GetValues<TopOrder>().Length - 1) % Enum.GetValues<TopOrder>().Length);
                break;
            case { KeyChar: 'j' } or { Key: ConsoleKey.DownArrow }:
                Move(rows, 1);
                break;
            case { KeyChar: 'k' } or { Key: ConsoleKey.UpArrow }:
                Move(rows, -1);
                break;
            case { KeyChar: ' ' } or { Key: ConsoleKey.PageDown }:
                Move(rows, page);
                break;
            case { Key: ConsoleKey.PageUp }:
                Move(rows, -page);
                break;
            case { KeyChar: 'g' } or { Key: ConsoleKey.Home }:
                Move(rows, -rows.Count - Scrolled);
                break;
            case { Key: ConsoleKey.Enter or ConsoleKey.RightArrow }:
                Open(rows);
                break;
            case { Key: ConsoleKey.Escape or ConsoleKey.Backspace or ConsoleKey.LeftArrow } when !hadHelp:
                Close();
                break;
        }
    }

    private void Move(IReadOnlyList<string> rows, int step)
    {
        if (Call is not null)
        {
            Scrolled = Math.Max(0, Scrolled + step);
            return;
        }

        if (rows.Count == 0)
            return;
        var marked = Session is null ? Selected : SelectedCall?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var at = Enumerable.Range(0, rows.Count).FirstOrDefault(row => rows[row] == marked, -1);
        Mark(rows[Math.Clamp(at < 0 ? 0 : at + step, 0, rows.Count - 1)]);
    }

    private void Open(IReadOnlyList<string> rows)
    {
        if (Call is not null || rows.Count == 0)
            return;
        if (Session is null)
            (Session, SelectedCall) = (Selected is not null && rows.Contains(Selected) ? Selected : rows[0], null);
        else
        {
            var marked = SelectedCall?.ToString(System.Globalization.CultureInfo.InvariantCulture);
            (Call, Scrolled) = (Number(marked is not null && rows.Contains(marked) ? marked : rows[0]), 0);
        }
    }

    private void Close()
    {
        if (Call is not null)
            Call = null;
        else if (Session is not null)
            (Selected, Session) = (Session, null);
    }

    private void Mark(string row)
    {
        if (Session is null)
            Selected = row;
        else
            SelectedCall = Number(row);
    }

    private static long Number(string row) => long.Parse(row, System.Globalization.CultureInfo.InvariantCulture);
}
