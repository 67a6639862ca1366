// A plugin that tries what it must not be able to do. The message {"method":"hostile/try","params":{"attempt":NAME,"target":TEXT}} names an
// attempt (Attempts.cs); what came of it is logged at Warning: "NAME: allowed", "NAME: denied (ERRNO)", or what stopped it.
// A file "mode" beside the program makes it break the protocol instead:
//   garbage     answers with random bytes instead of a handshake
//   silent      never answers
//   impostor    calls itself another
//   chatty      prints 1 GB to standard output once it runs
//   huge        announces an answer of 4 GB and begins to send it
//   large CALL  answers a call of the contract with 400 MB
//   text CALL   answers it with a text that just fits the limit of an answer
//   liar        acknowledges what was never sent
//   memory      allocates without end once it runs
//   files       fills its state directory with files once it runs, each of a size that it may have
//   busy        takes all processor time that it gets once it runs
//   threads     starts threads without end once it runs
//   early-memory, early-files, early-threads    the same before the handshake; the files are temporary ones
//   hidden      makes itself unreadable for the user who runs it
//   deleted     takes the disk by files that are deleted and open
//   allocated   takes the disk by files without content
//   closed      takes the disk in a folder that cannot be listed
//   deep        takes the disk below a path that is too long to be named
//   memory-file takes memory by files in memory that it never maps
//   passed      keeps a descriptor in a socket
//   bursts      takes all processor time that it gets, but for long pauses
//   stays       ignores every request to end
using Kilometers.HostilePlugin;
using Kilometers.Plugin.Sdk;

var file = Path.Combine(AppContext.BaseDirectory, "mode");
var mode = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
switch (mode)
{
    case "garbage":
        using (var output = Console.OpenStandardOutput())
            output.Write(new byte[100_000]);
        break;
    case "silent":
        Thread.Sleep(Timeout.Infinite);
        break;
    case "early-memory":
        Console.Error.WriteLine($"early-memory: {Evasions.ShareMemory()}");
        break;
    case "early-threads":
        Hostile.Multiply();
        break;
    case "early-files":
        Console.Error.WriteLine($"early-files: {Evasions.Fill(Path.GetTempPath())}");
        break;
    case "huge":
        return await HugeAnswer.ServeAsync();
    case "liar":
        return await FalseAcknowledgement.ServeAsync();
    case var two when two.Split(' ') is [("large" or "text") and var how, var call]:
        return await new LargeAnswer(how, call).ServeAsync();
}

return await PluginServer.RunAsync(new Hostile(mode));
