namespace Kilometers.Monitoring.Observation;

/// <summary>Takes what was observed, in order, on the observer's thread. Must not block for long and must not throw.</summary>
public interface IObservationSink
{
    /// <summary>How much of the next message its takers want, all together.</summary>
    /// <param name="message">The message.</param>
    WantedPart Wants(in MessageTraits message) => WantedPart.Payload;

    /// <summary>Takes the next item that somebody wants.</summary>
    /// <param name="item">Shared by all takers; immutable.</param>
    void Observe(ObservedItem item);
}
