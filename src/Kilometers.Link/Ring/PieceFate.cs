namespace Kilometers.Link.Ring;

/// <summary>What became of the bytes of a piece.</summary>
public enum PieceFate
{
    /// <summary>They were forwarded.</summary>
    Forwarded = 0,

    /// <summary>They are a request that policy had stopped: the server never saw it.</summary>
    Stopped = 1,

    /// <summary>They are the answer to such a request, which km gave in the server's place. In the lane of the request, right after it.</summary>
    Answer = 2,
}
