using System.Collections.Frozen;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>What is remembered of an object or array while its members are read.</summary>
internal sealed class JsonFrame(bool isArray)
{
    private static readonly FrozenSet<string> NameMembers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "name",
        "key",
        "header",
        "headerName",
        "field",
        "id",
        "k",
        "param",
        "parameter",
        "variable",
        "env",
        "label",
        "attribute",
        "property",
        "option",
        "element",
        "selector",
        "locator"
    );

    private static readonly FrozenSet<string> ValueMembers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "value",
        "val",
        "v",
        "content",
        "stringValue",
        "default",
        "const",
        "example",
        "data"
    );

    public bool IsArray { get; } = isArray;

    /// <summary>The member whose value comes next.</summary>
    public string Member { get; set; } = "";

    /// <summary>What a member like "name" says about a member like "value".</summary>
    public NameKind Pair { get; set; }

    /// <summary>The member like "value", if it was there.</summary>
    public (int Start, int End, string? Text)? Value { get; set; }

    /// <summary>Whether it describes something that makes up a password.</summary>
    public bool MakesPassword { get; set; }

    /// <summary>Of an array, the string before.</summary>
    public string? Before { get; set; }

    /// <summary>Of an array, the text before that may go on in the next item.</summary>
    public (int Start, int End, string Text)? Piece { get; set; }

    public bool IsName => !IsArray && NameMembers.Contains(Member);

    public bool IsValue => !IsArray && ValueMembers.Contains(Member);

    /// <summary>Of an array, how much its name says about its items.</summary>
    public NameKind Items { get; init; }
}
