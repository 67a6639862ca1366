// A plugin that tries what it must not be able to do. The message {"method":"hostile/try","params":{"attempt":NAME,"target":TEXT}} names an
// attempt (Attempts.cs); what came of it is logged at Warning: "NAME: allowed", "NAME: denied (ERRNO)", or what stopped it.
// A file "mode" beside the program makes it break the protocol instead:
//   garbage     answers with random bytes instead of a handshake
//   silent      never answers
//   impostor    calls itself another
//   chatty      prints 1 GB to standard output once it runs
//   huge        announces an answer of 4 GB and begins to send it
//   liar        acknowledges what was never sent
//   memory      allocates without end once it runs
//   files       fills its state directory with files once it runs, each of a size that it may have
//   busy        takes all processor time that it gets once it runs
//   threads     starts threads without end once it runs
//   stays       ignores every request to end
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
    case "huge":
        return await HugeAnswer.ServeAsync();
    case "liar":
        return await FalseAcknowledgement.ServeAsync();
}

return await PluginServer.RunAsync(new Hostile(mode));
