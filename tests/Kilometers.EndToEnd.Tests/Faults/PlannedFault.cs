using System.Globalization;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>A process of a session.</summary>
public enum Victim
{
    Host,
    Plugin,
    Relay,
    Server,
}

/// <summary>What happens to a process, and when.</summary>
/// <param name="Victim">The process.</param>
/// <param name="After">How long it is left alone.</param>
/// <param name="StoppedFor">How long it is stopped then; null: it is not; <see cref="Timeout.InfiniteTimeSpan"/>: for good.</param>
/// <param name="IsKilled">Whether it is killed then; else it continues.</param>
internal sealed record PlannedFault(Victim Victim, TimeSpan After, TimeSpan? StoppedFor, bool IsKilled)
{
    private const int MaxAfterMilliseconds = 300;
    private const int MaxStoppedMilliseconds = 1000;

    /// <summary>What happens to two of them, and what <c>KM_TEST_SEED</c> has to be for the same.</summary>
    public static (int Seed, PlannedFault[] Faults) ChooseBoth(Victim one, Victim other)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("KM_TEST_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next();
        var random = new Random(seed);
        return (seed, [Choose(one, random), Choose(other, random)]);
    }

    private static PlannedFault Choose(Victim victim, Random random)
    {
        var after = TimeSpan.FromMilliseconds(random.Next(MaxAfterMilliseconds));
        var stopped = TimeSpan.FromMilliseconds(random.Next(MaxStoppedMilliseconds));
        return random.Next(3) switch
        {
            0 => new PlannedFault(victim, after, null, IsKilled: true),
            1 => new PlannedFault(victim, after, stopped, IsKilled: true),
            _ => new PlannedFault(victim, after, stopped, IsKilled: false),
        };
    }

    public override string ToString() =>
        $"{Victim} after {After.TotalMilliseconds} ms {(StoppedFor is { } time ? $"stopped for {time.TotalMilliseconds} ms and " : "")}"
        + (IsKilled ? "killed" : "continued");

    /// <param name="process">The victim's process, at the moment when it is needed; null where there is none.</param>
    public async Task ApplyAsync(Func<int?> process)
    {
        await Task.Delay(After, TestContext.Current.CancellationToken);
        if (process() is not { } id)
            return;
        if (StoppedFor is { } time)
        {
            Send(id, PosixSignalNumber.Stop);
            if (time == Timeout.InfiniteTimeSpan)
                return;
            await Task.Delay(time, TestContext.Current.CancellationToken);
        }

        if (IsKilled)
            Send(id, PosixSignalNumber.Kill);
        Send(id, PosixSignalNumber.Continue);
    }

    /// <summary>What befell the other one may have ended it.</summary>
    private static void Send(int process, PosixSignalNumber signal)
    {
        try
        {
            if (Processes.IsAlive(process))
                KmProcess.Send(process, signal);
        }
        catch (InvalidOperationException)
        {
            // Just now.
        }
    }
}
