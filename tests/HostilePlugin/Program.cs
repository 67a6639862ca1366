// A plugin that tries what it must not be able to do. The message {"method":"hostile/try","params":{"attempt":NAME,"target":TEXT}} names an
// attempt (Attempts.cs); what came of it is logged at Warning: "NAME: allowed", "NAME: denied (ERRNO)", or what stopped it.
// A file "mode" beside the program makes it break the protocol instead:
//   garbage     answers with random bytes instead of a handshake
//   silent      never answers
//   impostor    calls itself another
//   chatty      prints 1 GB to standard output once it runs
//   memory      allocates without end once it runs
using Kilometers.HostilePlugin;
using Kilometers.Plugin.Sdk;

var file = Path.Combine(AppContext.BaseDirectory, "mode");
var mode = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
switch (mode)
{
    case "garbage":
        using (var output = Console.OpenStandardOutput()) output.Write(new byte[100_000]);
        break;
    case "silent":
        Thread.Sleep(Timeout.Infinite);
        break;
}

return await PluginServer.RunAsync(new Hostile(mode));
