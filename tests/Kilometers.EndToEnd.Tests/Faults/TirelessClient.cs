using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>A client that calls without end, and takes no answer but the exact one.</summary>
/// <param name="km">The session.</param>
/// <param name="first">The id of its first call; the others follow.</param>
internal sealed class TirelessClient(KmProcess km, int first = 0)
{
    /// <summary>Enough traffic for every moment to have some, and a record of it that can be read again and again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private volatile bool _isOver;
    private volatile int _calls;

    /// <summary>The id of the call that is under way.</summary>
    public int Next => first + _calls;

    /// <summary>Calls until it is stopped, or the session has ended.</summary>
    /// <returns>How many calls were answered.</returns>
    public async Task<int> WorkAsync()
    {
        while (!_isOver)
        {
            var text = $"text {Next}";
            try
            {
                await km.SendAsync(Conversation.Call(Next, text));
            }
            catch (IOException)
            {
                break;
            }

            var (line, expected) = (await km.ReadLineAsync(), Conversation.Answer(Next, text));
            if (line != expected)
            {
                // The session ends as a client sees it end without km: at any byte.
                Assert.StartsWith(line ?? "", expected, StringComparison.Ordinal);
                Assert.Null(await km.ReadLineAsync());
                break;
            }

            _calls++;
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }

        return _calls;
    }

    public void Stop() => _isOver = true;
}
