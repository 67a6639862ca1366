namespace Kilometers.Link.Ring;

/// <summary>Why bytes were not observed.</summary>
[Flags]
public enum MissedBecause
{
    /// <summary>Nothing was missed.</summary>
    None = 0,

    /// <summary>The host was slower than the traffic.</summary>
    HostWasBehind = 1,

    /// <summary>There was no host: it was still starting, or had ended.</summary>
    NoHost = 2,
}
