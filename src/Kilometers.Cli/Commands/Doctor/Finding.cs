using System.Text.Json.Serialization;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>How bad it is. The zero value is what nobody decided: an error.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Severity>))]
internal enum Severity
{
    /// <summary>Something does not work, or not safely.</summary>
    [JsonStringEnumMemberName("error")]
    Error = 0,

    /// <summary>It works, with less than it could have.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>Nothing is wrong.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Another finding keeps this from being checked, or the user did not want it.</summary>
    [JsonStringEnumMemberName("notChecked")]
    NotChecked,
}

/// <summary>One thing that a check found.</summary>
internal sealed record Finding
{
    /// <summary>The check's name, such as <c>run directory</c>.</summary>
    public string Check { get; init; } = "";

    public required Severity Severity { get; init; }

    /// <summary>One line, without a full stop.</summary>
    public required string Summary { get; init; }

    /// <summary>The code of the error behind it, if there is one.</summary>
    public string? Code { get; init; }

    public string? Detail { get; init; }

    /// <summary>What to do.</summary>
    public string? Hint { get; init; }

    public static Finding Ok(string summary, string? detail = null) =>
        new()
        {
            Severity = Severity.Ok,
            Summary = summary,
            Detail = detail,
        };

    public static Finding NotChecked(string why) => new() { Severity = Severity.NotChecked, Summary = why };

    public static Finding Warning(string summary, string? detail = null, string? hint = null) =>
        new()
        {
            Severity = Severity.Warning,
            Summary = summary,
            Detail = detail,
            Hint = hint,
        };

    public static Finding Of(KmError error, Severity severity = Severity.Error) =>
        new()
        {
            Severity = severity,
            Summary = error.Summary,
            Code = error.Code,
            Detail = error.Detail,
            Hint = error.Hint,
        };
}
