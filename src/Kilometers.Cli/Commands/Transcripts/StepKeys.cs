using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>The Enter key of the terminal, while standard input belongs to a client.</summary>
internal sealed class StepKeys : IDisposable
{
    private const string Terminal = "/dev/tty";

    private readonly SemaphoreSlim _one = new(1);
    private readonly StreamReader _keys;
    private readonly StandardError _errors;

    private StepKeys(Stream terminal, StandardError errors)
    {
        _keys = new StreamReader(terminal);
        _errors = errors;
    }

    /// <returns>Null where there is no terminal.</returns>
    public static StepKeys? Open(StandardError errors)
    {
        try
        {
            return OperatingSystem.IsWindows() ? null : new StepKeys(File.OpenRead(Terminal), errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _keys.Dispose();
        _one.Dispose();
    }

    /// <summary>Waits for Enter. After the terminal's end nothing is waited for any more.</summary>
    public async Task NextAsync(string title, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _errors.WriteLine($"[km] next: {title}; press Enter");
            await _keys.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }
}
