namespace Kilometers.Contracts;

/// <content>About requests that a policy has held.</content>
public static partial class ErrorCode
{
    /// <summary>A plugin to which policy grants it has stopped a request.</summary>
    public const string RequestStopped = "PLG_ICP_001";

    /// <summary>Nobody decided about a request in time, and policy stops what is undecided.</summary>
    public const string RequestUndecided = "PLG_ICP_002";

    /// <summary>A warning: nobody decided about a request in time, and it passed, because policy lets pass what is undecided.</summary>
    public const string RequestUnchecked = "PLG_ICP_003";

    /// <summary>Policy has requests held, which km cannot do over HTTP.</summary>
    public const string NoInterception = "PLG_ICP_004";

    /// <summary>A warning: there is no memory to hold requests, and they pass, because policy lets pass what is undecided.</summary>
    public const string NoMemoryToHold = "PLG_ICP_005";
}
