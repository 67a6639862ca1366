namespace Kilometers.Packager.Scaffolding;

/// <summary>What a new plugin is written in.</summary>
internal enum ProjectLanguage
{
    /// <summary>None; nothing can be made.</summary>
    Unknown = 0,

    /// <summary>C# on <c>Kilometers.Plugin.Sdk</c>.</summary>
    CSharp,

    /// <summary>Go on HashiCorp's go-plugin.</summary>
    Go,
}
