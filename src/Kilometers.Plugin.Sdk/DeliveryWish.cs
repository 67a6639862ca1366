namespace Kilometers.Plugin.Sdk;

/// <summary>What should happen to messages that do not fit the plugin's queue.</summary>
public enum DeliveryWish
{
    /// <summary>They are dropped, counted and reported.</summary>
    BestEffort = 0,

    /// <summary>They are kept on disk, where the administrator's policy allows it.</summary>
    Guaranteed = 1,
}
