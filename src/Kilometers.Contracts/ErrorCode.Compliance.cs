namespace Kilometers.Contracts;

/// <content>What <c>km compliance</c> cannot do, and what it finds in the records.</content>
public static partial class ErrorCode
{
    /// <summary>The compliance report is not part of the subscription, or policy does not allow it.</summary>
    public const string ComplianceNotIncluded = "CMP_TIER_001";

    /// <summary>A file of controls cannot be read, or has a mistake.</summary>
    public const string ComplianceControls = "CMP_CTL_001";

    /// <summary>A session passed traffic on that was not observed, or nothing is known of its end.</summary>
    public const string ComplianceGap = "CMP_GAP_001";
}
