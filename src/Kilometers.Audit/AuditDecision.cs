namespace Kilometers.Audit;

/// <summary>What was decided. The zero value grants nothing.</summary>
public enum AuditDecision
{
    /// <summary>It was refused.</summary>
    Denied = 0,

    /// <summary>It was permitted.</summary>
    Allowed = 1,

    /// <summary>Nothing was decided; something happened.</summary>
    Info = 2,
}
