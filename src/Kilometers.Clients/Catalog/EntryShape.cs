namespace Kilometers.Clients.Catalog;

/// <summary>How a client names the parts of a server's entry.</summary>
internal sealed record EntryShape
{
    public static EntryShape Usual { get; } = new();

    /// <summary>The program; a text, a list with its arguments, or an object with a <c>path</c>.</summary>
    public string Command { get; init; } = "command";

    /// <summary>Its arguments.</summary>
    public string Arguments { get; init; } = "args";

    /// <summary>The address of a server that the client reaches over HTTP: any of these.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = ["url", "serverUrl", "httpUrl", "uri"];

    /// <summary>What turns a server off, and the value that does.</summary>
    public (string Name, string Value) Off { get; init; } = ("disabled", "true");
}
