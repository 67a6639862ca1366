namespace Kilometers.Samples.Quickstart;

/// <summary>Runs named steps, says how each went, and counts.</summary>
internal sealed class Steps
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public static void Heading(string text) => Console.WriteLine($"\n== {text} ==");

    public async Task RunAsync(string name, Func<Task<(bool Ok, string Said)>> step)
    {
        try
        {
            var (ok, said) = await step();
            Report(ok, name, said);
        }
        catch (Exception exception)
        {
            Report(false, name, exception.Message);
        }
    }

    public void Report(bool ok, string name, string said)
    {
        if (ok)
            Passed++;
        else
            Failed++;
        Console.WriteLine($"  {(ok ? "ok    " : "FAILED")} {name}: {said}");
    }
}
