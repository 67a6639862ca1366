namespace Kilometers.Contracts;

/// <content>What <c>km report</c> cannot do.</content>
public static partial class ErrorCode
{
    /// <summary>No figures have been collected.</summary>
    public const string NothingCollected = "ANA_FIL_001";

    /// <summary>The file of figures cannot be read.</summary>
    public const string FiguresUnreadable = "ANA_FIL_002";

    /// <summary>No session or server with figures matches, or several do.</summary>
    public const string NoCollectedSession = "ANA_SES_001";
}
