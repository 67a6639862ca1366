namespace Kilometers.Packager.Conformance;

/// <summary>The names of all checks: they stand in the table, in the JSON and in docs/plugin-authors/testing.md, and do not change.</summary>
internal static class CheckName
{
    public const string Manifest = "manifest.json";
    public const string StandardOutput = "standard output";
    public const string Handshake = "handshake";
    public const string Describe = "describe";
    public const string Authenticate = "authenticate";
    public const string Initialize = "initialize";
    public const string Session = "session";
    public const string Malformed = "malformed messages";
    public const string Intercept = "intercept";
    public const string Shutdown = "shutdown";
    public const string Sessions = "sessions";
    public const string Terminate = "SIGTERM";
    public const string HostKilled = "host killed";
}
