namespace Kilometers.Clients.Servers;

/// <summary>How a server's entry stands to km.</summary>
internal enum EntryState
{
    Unknown,

    /// <summary>Its client starts it, or reaches it over HTTP, and km can be put in front of it.</summary>
    NotWrapped,

    /// <summary>It runs through this km.</summary>
    Wrapped,

    /// <summary>It runs through a km that is not this one.</summary>
    WrappedByAnother,

    /// <summary>It runs through a km that is not there.</summary>
    BrokenPath,

    /// <summary>An administrator's rules keep it as it is.</summary>
    Refused,

    /// <summary>km leaves it alone; the entry's reason says why.</summary>
    LeftAlone,
}
