namespace Kilometers.Clients.Syntax;

/// <summary>How a client writes its configuration.</summary>
internal enum ConfigFormat
{
    Unknown,

    /// <summary>JSON, with comments and commas at the end where somebody put them.</summary>
    Json,
    Toml,
    Yaml,
}
