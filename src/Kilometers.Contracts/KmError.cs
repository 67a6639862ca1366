namespace Kilometers.Contracts;

/// <summary>What went wrong, as data: printed once, at the edge, and given as JSON where asked.</summary>
/// <param name="Code">A stable code of <see cref="ErrorCode"/>, described in <c>docs/errors.md</c>.</param>
/// <param name="Summary">What happened, one line, no final full stop.</param>
/// <param name="Detail">Why, as far as known; may have several lines; null if the summary says it all.</param>
/// <param name="Hint">What the user can do next; null where there is nothing to do.</param>
public sealed record KmError(string Code, string Summary, string? Detail = null, string? Hint = null);
