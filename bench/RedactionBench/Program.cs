// What masking misses and what it masks wrongly: bench/redaction.sh
using System.Globalization;
using Kilometers.RedactionBench;

switch (args)
{
    case ["leaks", var seed, var rounds, .. var show]:
        Leaks.Measure(int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(rounds, CultureInfo.InvariantCulture), show.FirstOrDefault("none"));
        return 0;
    default:
        Console.Error.WriteLine("usage: km-redaction-bench leaks SEED ROUNDS [open|all]");
        return 2;
}
