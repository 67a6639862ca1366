namespace Kilometers.Rules.Reading;

/// <summary>What kind of mistake it is.</summary>
public enum RuleMistakeKind
{
    /// <summary>The file is not JSON.</summary>
    Syntax,

    /// <summary>Something that must be there is not.</summary>
    Missing,

    /// <summary>A member that means nothing here.</summary>
    Unknown,

    /// <summary>A value of another type.</summary>
    Type,

    /// <summary>A value that is not allowed.</summary>
    Value,

    /// <summary>Something is there twice.</summary>
    Duplicate,
}

/// <summary>A mistake in a file of rules.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column in bytes, from 1.</param>
/// <param name="Path">Where in the file, as a JSON pointer.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Message">What is wrong, and what may stand there.</param>
public sealed record RuleMistake(int Line, int Column, string Path, RuleMistakeKind Kind, string Message);
