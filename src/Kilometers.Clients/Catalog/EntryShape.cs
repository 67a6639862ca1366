namespace Kilometers.Clients.Catalog;

/// <summary>How a client names the parts of a server's entry.</summary>
internal sealed record EntryShape
{
    public static EntryShape Usual { get; } = new();

    /// <summary>The program; a text, a list with its arguments, or an object with a <c>path</c>.</summary>
    public string Command { get; init; } = "command";

    /// <summary>Its arguments.</summary>
    public string Arguments { get; init; } = "args";

    /// <summary>Whether a new command is written as a list with its arguments.</summary>
    public bool IsList { get; init; }

    /// <summary>The variables that the program gets, by name.</summary>
    public string Environment { get; init; } = "env";

    /// <summary>The variables of its own that the client passes on, a list of names.</summary>
    public string Inherited { get; init; } = "env_vars";

    /// <summary>The address of a server that the client reaches over HTTP: any of these, the usual one first.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = ["url", "serverUrl", "httpUrl", "uri"];

    /// <summary>What is sent with each request over HTTP, by name.</summary>
    public string Headers { get; init; } = "headers";

    /// <summary>The variable that holds a token for each request over HTTP.</summary>
    public string Bearer { get; init; } = "bearer_token_env_var";

    /// <summary>What says how the client reaches a server: with a command, or over HTTP. Many clients do without.</summary>
    public (string Name, string Command, string Http) Transport { get; init; } = ("type", "stdio", "http");

    /// <summary>What turns a server off, and the value that does.</summary>
    public (string Name, string Value) Off { get; init; } = ("disabled", "true");
}
