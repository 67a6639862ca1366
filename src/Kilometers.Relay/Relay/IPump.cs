namespace Kilometers.Relay.Relay;

/// <summary>One direction, on a thread of its own.</summary>
internal interface IPump
{
    /// <summary>Completes when the source has ended or the target is gone.</summary>
    Task Finished { get; }

    /// <summary>Has the pump's thread started. It touches neither stream before <see cref="Release"/>.</summary>
    /// <exception cref="OutOfMemoryException">There is no room for a thread.</exception>
    void Prepare();

    /// <summary>Lets it read.</summary>
    void Release();
}
