namespace Kilometers.Contracts;

/// <content>The codes of the API: its answers, and what keeps a server from starting.</content>
public static partial class ErrorCode
{
    /// <summary>The API cannot be reached.</summary>
    public const string ApiUnreachable = "API_NET_001";

    /// <summary>The API accepted a connection and did not answer in time.</summary>
    public const string ApiTimeout = "API_NET_002";

    /// <summary>The API answered something that km does not understand.</summary>
    public const string ApiAnswer = "API_NET_003";

    /// <summary>The API does not know the key, or it was revoked.</summary>
    public const string ApiKeyRefused = "API_AUT_001";

    /// <summary>The customer is suspended.</summary>
    public const string ApiCustomerSuspended = "API_AUT_002";

    /// <summary>The subscription does not include what was asked for.</summary>
    public const string ApiFeatureMissing = "API_AUT_003";

    /// <summary>The operator's key is missing or wrong.</summary>
    public const string ApiOperatorRefused = "API_AUT_004";

    /// <summary>A request is malformed, or a value is out of its range.</summary>
    public const string ApiRequestInvalid = "API_REQ_001";

    /// <summary>A request is larger than allowed.</summary>
    public const string ApiRequestTooLarge = "API_REQ_002";

    /// <summary>There is nothing of that name for this customer.</summary>
    public const string ApiNotFound = "API_REQ_003";

    /// <summary>It exists already, or has changed meanwhile.</summary>
    public const string ApiConflict = "API_REQ_004";

    /// <summary>Too many requests.</summary>
    public const string ApiRateLimited = "API_LIM_001";

    /// <summary>The API cannot take more at the moment.</summary>
    public const string ApiBusy = "API_LIM_002";

    /// <summary>Something that should not happen happened in the API.</summary>
    public const string ApiInternal = "API_INT_001";

    /// <summary>The API's configuration cannot be used.</summary>
    public const string ApiConfiguration = "API_CFG_001";

    /// <summary>The API server cannot listen: its port is taken or not allowed, or its certificate cannot be used.</summary>
    public const string ApiListening = "API_CFG_002";

    /// <summary>The API server's database cannot be used.</summary>
    public const string ApiDatabase = "API_CFG_003";
}
