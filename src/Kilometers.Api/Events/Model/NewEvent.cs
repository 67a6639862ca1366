using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events.Model;

/// <summary>An event that was checked: everything about it can be stored.</summary>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="Item">As it was sent.</param>
internal sealed record NewEvent(string CustomerId, EventItem Item)
{
    /// <summary>The day under which it is stored.</summary>
    public int Day { get; } = EventIdentifier.DayOf(Item.Id);
}
