namespace Kilometers.Definitions;

/// <summary>What people call a definition; findings in definitions begin with it.</summary>
public static class DefinitionSubject
{
    /// <summary>Such as <c>tool 'add'</c>.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="name">The name.</param>
    public static string Of(DefinitionKind kind, string name) =>
        kind switch
        {
            DefinitionKind.Instructions => "the server's instructions",
            DefinitionKind.ResourceTemplate => $"resource template '{name}'",
            _ => $"{kind.ToString().ToLowerInvariant()} '{name}'",
        };
}
