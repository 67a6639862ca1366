namespace Kilometers.Plugins.ConsoleLogger;

/// <summary>The terminal's own sixteen colours, so that the user's scheme holds.</summary>
internal static class Colors
{
    public const string Reset = "\e[0m";
    public const string Dim = "\e[2m";
    public const string Name = "\e[1m";
    public const string Detail = "\e[36m";
    public const string Inbound = "\e[34m";
    public const string Outbound = "\e[35m";
    public const string Success = "\e[32m";
    public const string Warning = "\e[33m";
    public const string Error = "\e[31m";
}
