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
        "optionName",
        "parameterKey"
    );

    private static readonly FrozenSet<string> LabelMembers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "element",
        "selector",
        "locator",
        "placeholder",
        "aria-label",
        "title",
        "question",
        "path"
    );

    private static readonly FrozenSet<string> TextMembers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "text",
        "body",
        "description",
        "answer",
        "old",
        "new",
        "oldValue",
        "newValue",
        "literal"
    );

    private static readonly FrozenSet<string> ValueMembers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "value",
        "parameterValue",
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

    /// <summary>Whether it says what another member is for, though not in the words of a name alone.</summary>
    public bool IsLabel => !IsArray && LabelMembers.Contains(Member);

    /// <summary>Whether it is text or a value: if a label is beside it that says secret, one that looks so is.</summary>
    public bool IsText => !IsArray && TextMembers.Contains(Member);

    /// <summary>The texts that look like a password.</summary>
    public List<(int Start, int End)>? Texts { get; set; }

    /// <summary>Of an array, how much its name says about its items.</summary>
    public NameKind Named { get; init; }

    /// <summary>Of an array, its first items; one more than are looked at tells that it is too long.</summary>
    public List<JsonItem>? Items { get; private set; }

    public void Add(JsonItem item)
    {
        if (IsArray && (Items ??= []).Count <= JsonLists.MaxItems)
            Items.Add(item);
    }
}
