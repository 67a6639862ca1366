namespace Kilometers.Link.Holding;

/// <summary>What became of a request that was held. The numbers are the protocol.</summary>
public enum HoldOutcome
{
    /// <summary>It passed, as the host said.</summary>
    Passed = 1,

    /// <summary>It was stopped, as the host said.</summary>
    Stopped = 2,

    /// <summary>It passed because the host did not decide in time, and policy lets pass what is undecided.</summary>
    PassedUndecided = 3,

    /// <summary>It was stopped because the host did not decide in time, and policy stops what is undecided.</summary>
    StoppedUndecided = 4,
}

/// <summary>What the relay does with a line that it held.</summary>
/// <param name="Outcome">What becomes of it.</param>
/// <param name="Answer">What the client gets in the server's place, with its newline; empty: nothing.</param>
public readonly record struct HoldDecision(HoldOutcome Outcome, byte[] Answer)
{
    /// <summary>Whether the server gets it.</summary>
    public bool Passes => Outcome is HoldOutcome.Passed or HoldOutcome.PassedUndecided;
}
