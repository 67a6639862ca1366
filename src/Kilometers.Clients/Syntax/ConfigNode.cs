namespace Kilometers.Clients.Syntax;

/// <summary>What a value is.</summary>
internal enum NodeKind
{
    Unknown,
    Object,
    Array,
    Text,

    /// <summary>A number, a boolean, nothing, a date.</summary>
    Other,
}

/// <summary>A value in a configuration, and where its bytes are.</summary>
internal sealed class ConfigNode
{
    public required NodeKind Kind { get; init; }

    /// <summary>Its bytes. A TOML table: from its header to the end of its own last value.</summary>
    public ByteSpan Span { get; set; }

    /// <summary>The text without quotes and escapes; of another value, how it is written.</summary>
    public string Text { get; init; } = "";

    public List<ConfigMember> Members { get; } = [];

    public List<ConfigNode> Items { get; } = [];

    /// <summary>Whether its parts are on lines of their own, without brackets: a YAML block, a TOML table.</summary>
    public bool IsBlock { get; init; }

    /// <summary>Whether it cannot be edited in its place: it has an anchor, an alias or a tag, or is text over several lines.</summary>
    public bool IsFixed { get; set; }

    /// <summary>A member of an object.</summary>
    public ConfigMember? Member(string name) => Members.Find(member => member.Name == name);

    /// <summary>A member of an object, or the item of an array that has such a name.</summary>
    public ConfigNode? Find(string name) =>
        Kind == NodeKind.Array
            ? Items.Find(item => item.Member("name")?.Value is { Kind: NodeKind.Text } given && given.Text == name)
            : Member(name)?.Value;

    /// <summary>A value below this one.</summary>
    public ConfigNode? Find(IEnumerable<string> path) => path.Aggregate((ConfigNode?)this, (node, name) => node?.Find(name));

    /// <summary>Whether two values mean the same, however they are written.</summary>
    /// <param name="other">The other one.</param>
    /// <param name="ignored">Values of this one that may differ.</param>
    public bool Means(ConfigNode other, IReadOnlySet<ConfigNode>? ignored = null)
    {
        if (ignored is not null && ignored.Contains(this))
            return true;
        if (Kind != other.Kind || Text != other.Text || Members.Count != other.Members.Count || Items.Count != other.Items.Count)
            return false;
        for (var at = 0; at < Members.Count; at++)
            if (Members[at].Name != other.Members[at].Name || !Members[at].Value.Means(other.Members[at].Value, ignored))
                return false;
        for (var at = 0; at < Items.Count; at++)
            if (!Items[at].Means(other.Items[at], ignored))
                return false;
        return true;
    }

    /// <summary>It and everything below it.</summary>
    public IEnumerable<ConfigNode> All() =>
        Members.Select(member => member.Value).Concat(Items).SelectMany(node => node.All()).Prepend(this);
}

/// <summary>A member of an object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="NameSpan">The name's bytes.</param>
/// <param name="Value">Its value.</param>
internal sealed record ConfigMember(string Name, ByteSpan NameSpan, ConfigNode Value);
