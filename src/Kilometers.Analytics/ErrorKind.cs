namespace Kilometers.Analytics;

/// <summary>Why a call failed, as far as its answer tells (docs/plugins/analytics.md, "Kinds of errors"). The order is that of the file's columns.</summary>
public enum ErrorKind
{
    /// <summary>The request is not one that the server knows, or not a message of the protocol.</summary>
    Protocol,

    /// <summary>Arguments do not fit what they must be.</summary>
    Schema,

    /// <summary>The tool, or what is behind it, failed in its own work.</summary>
    Tool,

    /// <summary>There was no answer in time.</summary>
    Timeout,

    /// <summary>Somebody is not signed in, or may not do it.</summary>
    Auth,

    /// <summary>A limit on how often or how much is reached.</summary>
    Quota,

    /// <summary>The way to the server, or from it to what it needs, is broken; or the session ended without an answer.</summary>
    Transport,
}
