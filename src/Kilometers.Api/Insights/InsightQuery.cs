using Kilometers.Api.Events.Queries;
using Kilometers.Api.Storage;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Insights;

/// <summary>Which figures are asked for, and how they are put together.</summary>
internal sealed record InsightQuery
{
    private const int UsualLimit = 100;
    private static readonly TimeSpan UsualRange = TimeSpan.FromDays(7);

    private static readonly string[] Groupings =
    [
        InsightGrouping.Server,
        InsightGrouping.Tool,
        InsightGrouping.Method,
        InsightGrouping.Client,
        InsightGrouping.Hour,
        InsightGrouping.Installation,
        InsightGrouping.Total,
    ];

    public required string CustomerId { get; init; }

    public required DateTimeOffset Since { get; init; }

    public required DateTimeOffset Before { get; init; }

    /// <summary>A value of <see cref="InsightGrouping"/>.</summary>
    public required string By { get; init; }

    /// <summary>Null does not count, here and below.</summary>
    public string? Server { get; init; }

    public string? Client { get; init; }

    public string? Method { get; init; }

    /// <summary>The tool, or the prompt.</summary>
    public string? Name { get; init; }

    public string? Installation { get; init; }

    public required int Limit { get; init; }

    public required bool WithHistograms { get; init; }

    /// <exception cref="Contracts.KmException"><c>API_REQ_001</c>: a parameter is not one.</exception>
    public static InsightQuery Read(string customerId, QueryText query, DateTimeOffset now)
    {
        var before = query.Time("before") ?? now;
        var since = query.Time("since") ?? (before - DateTimeOffset.MinValue < UsualRange ? DateTimeOffset.MinValue : before - UsualRange);
        if (since > before || before - since > InsightLimits.Range)
            throw QueryText.Invalid($"since and before are not in order, or more than {InsightLimits.Range.TotalDays:0} days apart.");
        var by = query.Text("by") ?? InsightGrouping.Server;
        if (!Groupings.Contains(by))
            throw QueryText.Invalid($"by is none of {string.Join(", ", Groupings)}.");
        return new()
        {
            CustomerId = customerId,
            Since = since,
            Before = before,
            By = by,
            Server = query.Text("server"),
            Client = query.Text("client"),
            Method = query.Text("method"),
            Name = query.Text("name"),
            Installation = query.Text("installation"),
            Limit = query.Number("limit", UsualLimit, 1, InsightLimits.Answer),
            WithHistograms = query.Flag("histograms", otherwise: false),
        };
    }

    /// <summary>What a figure's group is called; null: it is in none.</summary>
    public InsightKey? KeyOf(InsightRow row) =>
        By switch
        {
            InsightGrouping.Server => new() { Server = row.Server },
            InsightGrouping.Tool => row is { Method: "tools/call", IsFromServer: false }
                ? new() { Server = row.Server, Tool = row.Name }
                : null,
            InsightGrouping.Method => new() { IsFromServer = row.IsFromServer, Method = row.Method },
            InsightGrouping.Client => new() { Client = row.Client },
            InsightGrouping.Hour => new() { Hour = row.Hour },
            InsightGrouping.Installation => new() { Installation = row.Installation },
            _ => new(),
        };
}

/// <summary>What a group is called; what is null is not part of it.</summary>
internal sealed record InsightKey
{
    public string? Server { get; init; }

    public string? Tool { get; init; }

    public bool? IsFromServer { get; init; }

    public string? Method { get; init; }

    public string? Client { get; init; }

    public long? Hour { get; init; }

    public string? Installation { get; init; }
}
