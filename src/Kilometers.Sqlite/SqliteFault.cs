namespace Kilometers.Sqlite;

/// <summary>What is wrong with a file.</summary>
public enum SqliteFault
{
    /// <summary>Something else; the message says what.</summary>
    Other,

    /// <summary>There is nothing in it yet.</summary>
    Missing,

    /// <summary>It is another kind of file, or its content is damaged.</summary>
    Damaged,

    /// <summary>A newer version made it.</summary>
    Newer,

    /// <summary>The disk is full, or takes no more.</summary>
    Full,

    /// <summary>Another process kept it locked for too long.</summary>
    Busy,
}
