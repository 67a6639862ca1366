namespace Kilometers.Clients.Servers;

/// <summary>How a server's entry stands to km.</summary>
internal enum EntryState
{
    Unknown,

    /// <summary>Its client starts it directly, and km can be put in front of it.</summary>
    NotWrapped,

    /// <summary>It runs through this km.</summary>
    Wrapped,

    /// <summary>It runs through a km that is not this one.</summary>
    WrappedByAnother,

    /// <summary>It runs through a km that is not there.</summary>
    BrokenPath,

    /// <summary>Its client reaches it over HTTP, which km cannot watch yet.</summary>
    Http,

    /// <summary>An administrator's rules keep it as it is.</summary>
    Refused,

    /// <summary>km leaves it alone; the entry's reason says why.</summary>
    LeftAlone,
}
