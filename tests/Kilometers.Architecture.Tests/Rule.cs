namespace Kilometers.Architecture.Tests;

internal static class Rule
{
    /// <summary>Fails with every breach in full, one per line.</summary>
    public static void Holds(IEnumerable<string> breaches)
    {
        var all = breaches.Distinct().ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
