namespace Kilometers.Monitoring.Correlation;

/// <summary>
/// An id that several requests carried while none of them was answered, or null, which says nothing about whom an answer is for. An answer
/// to it could belong to any of them, the last one included: an earlier answer may have been that one's.
/// </summary>
internal sealed class SharedId
{
    /// <summary>The newest request's number.</summary>
    public ulong Number { get; private set; }

    /// <summary>How many requests of it may still be answered.</summary>
    public long Waiting { get; private set; }

    /// <summary>How many of all its requests nobody expects an answer to.</summary>
    public long Unexpected { get; private set; }

    /// <summary>How many of them were never answered, at the least.</summary>
    public long Unanswered => Math.Max(0, Waiting - Unexpected);

    /// <summary>Another request carries it.</summary>
    /// <returns>How <see cref="Unanswered"/> changes; as for all of these.</returns>
    public long Add(in OpenRequest request)
    {
        var before = Unanswered;
        Number = request.Number;
        Waiting++;
        if (!request.IsExpected)
            Unexpected++;
        return Unanswered - before;
    }

    /// <summary>One of them, nobody knows which, was cancelled.</summary>
    public long Cancel()
    {
        var before = Unanswered;
        Unexpected++;
        return Unanswered - before;
    }

    /// <summary>One of them, nobody knows which, was answered.</summary>
    public long Answer()
    {
        var before = Unanswered;
        Waiting--;
        return Unanswered - before;
    }
}
