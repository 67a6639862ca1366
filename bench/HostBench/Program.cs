// Process-level measurements of the host half, to be compared with bench/go-pair in one run (bench/plugins.sh does that).
//   observer [N]          N messages, on one thread: framed, read, paired, and made for nobody, without their bytes, and with them
//   plugin PATH [N]       N messages of 1 KB to one plugin, all acknowledged; then its memory
//   launch PATH [N]       N times: launch to Active, and stop
//   egress [MB] [N]       N times: MB to a server of this machine, directly and through a plugin's proxy
//   load PATH COUNT [N]   N times: COUNT plugins at once, until all are Active
//   restarts PATH [N]     N kills of one plugin: from each until it is Active again, and what is left of the dead
// Prints one line of JSON.
using System.Globalization;
using Kilometers.HostBench;

static int Number(string[] args, int index, int otherwise) =>
    args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;

Console.WriteLine(
    args switch
    {
        ["observer", ..] => ObserverBench.Run(Number(args, 1, 2_000_000)),
        ["plugin", var path, ..] => await DeliveryBench.RunAsync(path, Number(args, 2, 1_000_000)),
        ["launch", var path, ..] => await LaunchBench.RunAsync(path, 1, Number(args, 2, 20)),
        ["egress", ..] => await EgressBench.RunAsync(Number(args, 1, 100), Number(args, 2, 15)),
        ["load", var path, var count, ..] => await LaunchBench.RunAsync(
            path,
            int.Parse(count, CultureInfo.InvariantCulture),
            Number(args, 3, 10)
        ),
        ["restarts", var path, ..] => await RestartBench.RunAsync(path, Number(args, 2, 100)),
        _ => throw new ArgumentException(
            "observer [N] | plugin PATH [N] | launch PATH [N] | egress [MB] [N] | load PATH COUNT [N] | restarts PATH [N]"
        ),
    }
);
