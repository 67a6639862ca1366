namespace Kilometers.Contracts;

/// <summary>Where km keeps what belongs to the user: plugins, registry, configuration, audit log.</summary>
public static class KmHome
{
    /// <summary>The environment variable that names another place; an absolute path.</summary>
    public const string Variable = "KM_HOME";

    /// <summary>The directory: <c>KM_HOME</c>, else <c>.km</c> in the user's home.</summary>
    public static string Path => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path && System.IO.Path.IsPathRooted(path)
        ? path
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".km");
}
