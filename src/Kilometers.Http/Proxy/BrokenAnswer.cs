using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Kilometers.Http.Proxy;

/// <summary>
/// An answer that the server broke off. The forwarder aborts the client's connection then, and Kestrel drops what it has not sent yet. The
/// client must get all that the server sent, as it would have without us: the abort is only noted, and the connection is closed behind the
/// last byte.
/// </summary>
/// <param name="connection">The request's own feature.</param>
internal sealed class BrokenAnswer(IHttpRequestLifetimeFeature connection) : IHttpRequestLifetimeFeature
{
    private bool _isBroken;

    public CancellationToken RequestAborted
    {
        get => connection.RequestAborted;
        set => connection.RequestAborted = value;
    }

    /// <summary>From now on aborts are noted only.</summary>
    public static BrokenAnswer Watch(HttpContext context)
    {
        var answer = new BrokenAnswer(context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>());
        context.Features.Set<IHttpRequestLifetimeFeature>(answer);
        return answer;
    }

    public void Abort() => _isBroken = true;

    /// <summary>Ends the connection at once, whatever is on its way.</summary>
    public void AbortNow() => connection.Abort();

    /// <summary>Closes a connection whose answer broke off, when the client has got what there is of it, or is gone.</summary>
    public async Task CloseAsync(HttpContext context)
    {
        if (!_isBroken)
            return;
        if (!connection.RequestAborted.IsCancellationRequested)
        {
            var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (connection.RequestAborted.Register(closed.SetResult).ConfigureAwait(false))
            {
                // The transport sends what it has, and closes the connection.
                await context
                    .Features.GetRequiredFeature<IConnectionTransportFeature>()
                    .Transport.Output.CompleteAsync()
                    .ConfigureAwait(false);
                await closed.Task.ConfigureAwait(false);
            }
        }

        AbortNow();
    }
}
