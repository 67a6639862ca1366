using System.Text.Json.Serialization;

namespace Kilometers.Definitions;

/// <summary>What a server tells a model about.</summary>
[JsonConverter(typeof(CamelCaseEnum<DefinitionKind>))]
public enum DefinitionKind
{
    /// <summary>How the server wants to be used, as a whole.</summary>
    Instructions,

    /// <summary>A tool.</summary>
    Tool,

    /// <summary>A prompt.</summary>
    Prompt,

    /// <summary>A resource.</summary>
    Resource,

    /// <summary>A template of resources.</summary>
    ResourceTemplate,
}
