using Kilometers.Link.Connection;

namespace Kilometers.Link.Holding;

/// <summary>
/// What a relay must know of a policy's <c>intercept</c>: which lines it shows the host before it forwards them, and what it does if the host
/// does not decide. Which of them are held in the end the host knows, which reads JSON.
/// </summary>
/// <param name="Text">A part of each method that is meant; empty: every line is shown.</param>
/// <param name="Plugin">Who decides.</param>
/// <param name="Deadline">How long that may take.</param>
/// <param name="IsClosed">Whether a line that nobody decides about is stopped; else it passes.</param>
public sealed record HoldRule(string Text, string Plugin, TimeSpan Deadline, bool IsClosed)
{
    /// <summary>Puts rules into a frame.</summary>
    public static FrameWriter Write(IReadOnlyCollection<HoldRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var frame = new FrameWriter().Add((long)rules.Count);
        foreach (var rule in rules)
            frame.Add(rule.Text).Add(rule.Plugin).Add(rule.Deadline.Ticks).Add(rule.IsClosed ? 1L : 0);
        return frame;
    }

    /// <summary>Reads rules from a frame.</summary>
    /// <exception cref="InvalidDataException">That is not what the frame holds.</exception>
    public static IReadOnlyList<HoldRule> Read(ReadOnlySpan<byte> content)
    {
        var reader = new FrameReader(content);
        var rules = new List<HoldRule>();
        for (var count = reader.Number(); count > 0; count--)
            rules.Add(new HoldRule(reader.Text(), reader.Text(), new TimeSpan(reader.Number()), reader.Number() != 0));
        return rules;
    }
}
