using Kilometers.Clients.Catalog;
using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Servers;

/// <summary>A server in a client's configuration.</summary>
internal sealed record ServerEntry
{
    public required string Name { get; init; }

    /// <summary>The names that lead to it in its file, its own last.</summary>
    public required IReadOnlyList<string> Path { get; init; }

    public required ConfigLocation Location { get; init; }

    public required ConfigNode Node { get; init; }

    public required EntryState State { get; init; }

    /// <summary>Why km leaves it alone; null where the state says it all.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether its client has it turned off.</summary>
    public bool IsOff { get; init; }

    /// <summary>Where its command is; null for a server without one.</summary>
    public EntryCommand? Command { get; init; }

    /// <summary>Where its address is; null for a server that is started.</summary>
    public EntryAddress? Address { get; init; }

    public EntryShape Shape => Location.Shape;

    /// <summary>The command that runs it through a km. It has a command or an address.</summary>
    public IReadOnlyList<string> Through(KmProgram km) =>
        Address is { } address ? address.Words(Name, km, Location.IsProject) : [.. km.Before(Name, Location.IsProject), .. Command!.Words];

    /// <summary>Whether km runs it, this one or another.</summary>
    public bool IsWrapped => State is EntryState.Wrapped or EntryState.WrappedByAnother or EntryState.BrokenPath;
}
