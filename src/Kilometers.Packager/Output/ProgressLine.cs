using System.Globalization;
using System.Text;

namespace Kilometers.Packager.Output;

/// <summary>
/// A line on a terminal that says what is being done, once that takes longer than a second, and is gone when it is done.
/// </summary>
internal sealed class ProgressLine : IAsyncDisposable
{
    private const string Erase = "\r\e[K";
    private static readonly TimeSpan ShowAfter = TimeSpan.FromSeconds(1);
    private readonly Stream _terminal;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly ITimer? _timer;
    private string? _doing;
    private long _since;
    private bool _isShown;

    /// <param name="terminal">Standard error; written to at once, so that the line is gone before anything else is printed.</param>
    /// <param name="canErase">Whether that is a terminal that can erase a line.</param>
    /// <param name="time">The clock.</param>
    public ProgressLine(Stream terminal, bool canErase, TimeProvider time)
    {
        _terminal = terminal;
        _time = time;
        if (canErase)
            _timer = time.CreateTimer(_ => Show(), null, ShowAfter, ShowAfter);
    }

    /// <summary>Something else is being done now.</summary>
    /// <param name="doing">What, in few words.</param>
    public void Begin(string doing)
    {
        lock (_gate)
        {
            _doing = doing;
            _since = _time.GetTimestamp();
            Hide();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _doing = null;
            Hide();
        }
    }

    private void Show()
    {
        lock (_gate)
        {
            var taken = _time.GetElapsedTime(_since);
            if (_doing is null || taken < ShowAfter)
                return;
            _isShown = true;
            Write(string.Create(CultureInfo.InvariantCulture, $"{Erase}{_doing} ... {taken.TotalSeconds:0} s"));
        }
    }

    private void Hide()
    {
        if (!_isShown)
            return;
        _isShown = false;
        Write(Erase);
    }

    private void Write(string text)
    {
        try
        {
            _terminal.Write(Encoding.UTF8.GetBytes(text));
        }
        catch (IOException)
        {
            // The terminal is gone; nobody looks at the progress any more.
        }
    }
}
