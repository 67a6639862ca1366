using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Top;

/// <summary>Shows what was seen last, and takes keys until it is time to look again.</summary>
internal sealed class TopScreen(CommandContext context, TopLook look, WatchScreen screen)
{
    /// <summary>How soon a key or another size of the terminal shows.</summary>
    private static readonly TimeSpan KeyInterval = TimeSpan.FromMilliseconds(40);

    private readonly bool _hasKeys = context.Screen.IsTerminal && !Console.IsInputRedirected;
    private readonly TopState _state = new();
    private TopReport? _report;
    private IReadOnlyList<string> _rows = [];
    private (int? Width, int Height) _size;

    /// <summary>Whether the user has ended it.</summary>
    public bool IsEnded => _state.IsEnded;

    /// <summary>Looks, and shows it.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        _report = await look.LookAsync(cancellationToken).ConfigureAwait(false);
        Show();
    }

    /// <summary>Takes keys for a time.</summary>
    public async Task StayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var start = context.Time.GetTimestamp();
        while (!IsEnded && context.Time.GetElapsedTime(start) is var passed && passed < time)
        {
            var left = time - passed;
            await Task.Delay(_hasKeys && left > KeyInterval ? KeyInterval : left, context.Time, cancellationToken).ConfigureAwait(false);
            var isChanged = false;
            while (_hasKeys && Console.KeyAvailable && !IsEnded)
            {
                _state.Take(Console.ReadKey(intercept: true), _rows, Math.Max(1, _size.Height - 6));
                isChanged = true;
            }

            if (!IsEnded && context.Screen.IsTerminal && (isChanged || context.Screen.Size() != _size))
                Show();
        }
    }

    private void Show()
    {
        _size = context.Screen.Size();
        screen.Show(Lines(_report!), _size.Height);
    }

    private IReadOnlyList<string> Lines(TopReport report)
    {
        var view = new TopView(context.Screen, _size.Width, _size.Height);
        if (_state.HasHelp)
            return view.Help();
        if (_state.Call is { } id && look.Recordings?.Calls(new CallFilter { Call = id }, 1) is [var call])
        {
            var scrolled = _state.Scrolled;
            var lines = new TopCalls(context.Screen, _size.Width, _size.Height).Show(
                call,
                look.Recordings.Payloads(call),
                ref scrolled,
                report.At
            );
            _state.Scrolled = scrolled;
            return view.Fit(lines);
        }

        if (_state.Session is { } key)
            return view.Fit(Calls(report, key));
        _rows = [.. TopView.Sort(report, _state.Order).Select(session => session.Key)];
        if (_hasKeys && (_state.Selected is null || !_rows.Contains(_state.Selected)))
            _state.Selected = _rows.Count > 0 ? _rows[0] : null;
        return view.Format(report, context.Screen.IsTerminal ? _state : null);
    }

    private IReadOnlyList<string> Calls(TopReport report, string key)
    {
        var view = new TopCalls(context.Screen, _size.Width, _size.Height);
        var recorded = look.Recordings?.SessionOf(key);
        var calls = recorded is null ? [] : look.Recordings!.Calls(new CallFilter { Session = recorded.Row }, view.Room);
        _rows = [.. calls.Select(call => call.Id.ToString(CultureInfo.InvariantCulture))];
        if (calls.Count > 0 && !calls.Any(call => call.Id == _state.SelectedCall))
            _state.SelectedCall = calls[0].Id;
        return view.List(report.Sessions.FirstOrDefault(session => session.Key == key), calls, _state.SelectedCall, report.At);
    }
}
