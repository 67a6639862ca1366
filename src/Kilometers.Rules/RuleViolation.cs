namespace Kilometers.Rules;

/// <summary>A rule that a request violates.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Evidence">What in the request does it. Not masked.</param>
/// <param name="IsCertain">False where the request could not be read as a whole, so that it may as well be allowed.</param>
public sealed record RuleViolation(Rule Rule, string Evidence, bool IsCertain);
