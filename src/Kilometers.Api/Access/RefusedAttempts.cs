using System.Collections.Concurrent;
using System.Globalization;
using Kilometers.Api.Http;
using Kilometers.Contracts;

namespace Kilometers.Api.Access;

/// <summary>
/// Records what was refused: the first time at once, and the same again as one record with their number, each minute. A caller who tries a
/// million keys fills no disk.
/// </summary>
internal sealed partial class RefusedAttempts(ApiAudit audit, TimeProvider time, ILogger<RefusedAttempts> logger) : BackgroundService
{
    private const int MaxEntries = 1_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<Attempt, int> _further = new();

    /// <summary>Records a refusal.</summary>
    /// <param name="name">The event.</param>
    /// <param name="code">The error code.</param>
    /// <param name="who">Who was refused, and what: the public part of a key, an address, a build.</param>
    /// <param name="plugin">The plugin that it is about.</param>
    public void Add(string name, string code, string who, string? plugin = null)
    {
        var attempt = new Attempt(name, code, who, plugin);

        // Ids and addresses are the attacker's choice: from a thousand different ones on they are counted together.
        if (_further.Count >= MaxEntries && !_further.ContainsKey(attempt))
            attempt = new Attempt(name, code, "(many)", Plugin: null);
        if (_further.TryAdd(attempt, 0))
            audit.Denied(name, code, attempt.Who, attempt.Plugin);
        else
            _further.AddOrUpdate(attempt, 1, (_, count) => count + 1);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Window, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                Flush();
        }
        catch (OperationCanceledException)
        {
            Flush();
        }
    }

    /// <summary>What cannot be recorded now, because the disk is full for one, is kept for the next time: it must not end the server.</summary>
    private void Flush()
    {
        foreach (var attempt in _further.Keys)
        {
            if (!_further.TryRemove(attempt, out var count) || count == 0)
                continue;
            try
            {
                audit.Denied(
                    attempt.Name,
                    attempt.Code,
                    string.Create(CultureInfo.InvariantCulture, $"{attempt.Who} count={count}"),
                    attempt.Plugin
                );
            }
            catch (KmException e)
            {
                _further.AddOrUpdate(attempt, count, (_, since) => since + count);
                Unrecorded(logger, count, attempt.Name, e.Error.Code, e.Error.Detail);
            }
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Error,
        "{Count} refusals ({Event}) could not be recorded [{Code}]: {Reason}; km-api tries again in a minute"
    )]
    private static partial void Unrecorded(ILogger logger, int count, string @event, string code, string? reason);

    private sealed record Attempt(string Name, string Code, string Who, string? Plugin);
}
