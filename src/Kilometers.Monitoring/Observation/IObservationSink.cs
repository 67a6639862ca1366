namespace Kilometers.Monitoring.Observation;

/// <summary>Takes what was observed, in order, on the observer's thread. Must not block for long and must not throw.</summary>
public interface IObservationSink
{
    /// <summary>Whether any taker looks at payloads; else they are not copied, and <see cref="ObservedMessage.Payload"/> is empty.</summary>
    bool WantsPayload => true;

    /// <summary>Takes the next item.</summary>
    /// <param name="item">Shared by all takers; immutable.</param>
    void Observe(ObservedItem item);
}
