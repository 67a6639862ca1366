namespace Kilometers.Plugins.Guard.Flows;

/// <summary>
/// Results with instructions, and what these name. A call that uses one of these names soon after obeys, unless the client used the name
/// before: then it may be the user's. Safe to use from several threads.
/// </summary>
internal sealed class OrderMemory
{
    /// <summary>Later calls are not counted as an answer to the result.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    private const int MaxOrders = 50;
    private const int MaxUsed = 5000;
    private readonly Lock _gate = new();
    private readonly Queue<Order> _orders = new();

    /// <summary>What the client named by itself. Of more than it has room for, it forgets all.</summary>
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>A server sent instructions.</summary>
    /// <param name="message">The message.</param>
    /// <param name="targets">Addresses and files that they name.</param>
    /// <param name="tools">Names in them that may be those of tools.</param>
    public void Received(FlowMessage message, IEnumerable<string> targets, IEnumerable<string> tools)
    {
        lock (_gate)
        {
            var order = new Order(
                message,
                targets.Where(target => !_used.Contains(target)).ToHashSet(StringComparer.Ordinal),
                tools.Where(tool => !_used.Contains(tool)).ToHashSet(StringComparer.Ordinal)
            );
            if (order.Targets.Count == 0 && order.Tools.Count == 0)
                return;
            _orders.Enqueue(order);
            if (_orders.Count > MaxOrders)
                _orders.Dequeue();
        }
    }

    /// <summary>A tool is called.</summary>
    /// <param name="message">The message.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="texts">The texts of its arguments.</param>
    /// <returns>The message with the instructions, and what was named there and is used here; null: it obeys none.</returns>
    public (FlowMessage Order, string Target, bool IsTool)? Called(FlowMessage message, string tool, IEnumerable<string> texts)
    {
        var targets = texts.SelectMany(OrderTargets.In).ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            (FlowMessage, string, bool)? obeyed = null;
            foreach (
                var order in _orders.Where(order => message.Time - order.Message.Time is var age && age >= TimeSpan.Zero && age <= MaxAge)
            )
            {
                if (targets.FirstOrDefault(order.Targets.Contains) is { } target)
                    return (order.Message, target, false);
                if (order.Tools.Contains(tool))
                    obeyed ??= (order.Message, tool, true);
            }

            if (obeyed is not null)
                return obeyed;
            if (_used.Count > MaxUsed)
                _used.Clear();
            _used.Add(tool);
            _used.UnionWith(targets);
            return null;
        }
    }

    private sealed record Order(FlowMessage Message, HashSet<string> Targets, HashSet<string> Tools);
}
