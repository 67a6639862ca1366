namespace Kilometers.Analytics;

/// <summary>Kinds of alarms as files and programs have them.</summary>
public static class AnomalyNames
{
    private static readonly AnomalyKind[] Kinds = Enum.GetValues<AnomalyKind>();

    /// <summary>The name of a kind.</summary>
    public static string Of(AnomalyKind kind) =>
        kind switch
        {
            AnomalyKind.SlowCall => "slow-call",
            AnomalyKind.LargeAnswer => "large-answer",
            AnomalyKind.Slower => "slower",
            AnomalyKind.Larger => "larger",
            AnomalyKind.Failing => "failing-more",
            AnomalyKind.CallMix => "call-mix",
            _ => "call-order",
        };

    /// <summary>The kind of a name; null: a later version made it.</summary>
    public static AnomalyKind? Find(string? name)
    {
        foreach (var kind in Kinds)
            if (Of(kind) == name)
                return kind;
        return null;
    }
}
