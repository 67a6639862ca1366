using Kilometers.Analytics.Sketches;

namespace Kilometers.Analytics;

/// <summary>Figures of calls. They add up.</summary>
public sealed class CallFigures
{
    /// <summary>How many kinds of errors there are.</summary>
    public static readonly int Kinds = Enum.GetValues<ErrorKind>().Length;

    private readonly long[] _errors = new long[Kinds];

    /// <summary>Requests. One that gives a call more input is not another call.</summary>
    public long Calls { get; set; }

    /// <summary>Calls that the caller cancelled.</summary>
    public long Cancelled { get; set; }

    /// <summary>Requests that gave a call the input it had asked for.</summary>
    public long Continued { get; set; }

    /// <summary>Calls that their session had made before with the same arguments, and that had not failed then.</summary>
    public long Duplicates { get; set; }

    /// <summary>Calls that their session had made before with the same arguments, and that had failed then.</summary>
    public long Retries { get; set; }

    /// <summary>Notifications of progress.</summary>
    public long Progress { get; set; }

    /// <summary>Times from requests to their last answers, in seconds.</summary>
    public ExponentialHistogram Latency { get; } = new();

    /// <summary>Sizes of requests, in bytes.</summary>
    public ExponentialHistogram RequestSize { get; } = new();

    /// <summary>Sizes of answers, in bytes.</summary>
    public ExponentialHistogram ResponseSize { get; } = new();

    /// <summary>All errors.</summary>
    public long AllErrors => _errors.Sum();

    /// <summary>The errors of one kind.</summary>
    public long Errors(ErrorKind kind) => _errors[(int)kind];

    /// <summary>Counts errors.</summary>
    public void AddErrors(ErrorKind kind, long count = 1) => _errors[(int)kind] += count;

    /// <summary>Adds others, which do not change.</summary>
    public void Add(CallFigures other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Calls += other.Calls;
        Cancelled += other.Cancelled;
        Continued += other.Continued;
        Duplicates += other.Duplicates;
        Retries += other.Retries;
        Progress += other.Progress;
        for (var kind = 0; kind < Kinds; kind++)
            _errors[kind] += other._errors[kind];
        Latency.Merge(other.Latency);
        RequestSize.Merge(other.RequestSize);
        ResponseSize.Merge(other.ResponseSize);
    }
}
