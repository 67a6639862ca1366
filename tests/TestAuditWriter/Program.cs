// A real child process for tests. TestAuditWriter MODE DIRECTORY NAME …
//
//   durable DIRECTORY NAME COUNT   appends COUNT records with the details "NAME 1", "NAME 2", …, flushed to disk, and writes each of these
//                                  texts as a line to stdout once it is acknowledged; COUNT 0: until it is killed
//   lazy DIRECTORY NAME COUNT      the same, not flushed to disk
//   fill DIRECTORY NAME            appends until that fails; writes the number of acknowledged records, the number of those that can be
//                                  read, the verifier's verdict, and the error's code, in this order, as one line
//
// An error ends it with status 1 and its code on stderr.

using System.Globalization;
using Kilometers.Audit;
using Kilometers.Contracts;
using TestAuditWriter;

var (mode, directory, name) = (args[0], args[1], args[2]);
var log = new AuditLog(directory, new PatientClock());
var count = mode == "fill" ? 0 : int.Parse(args[3], CultureInfo.InvariantCulture);
var acknowledged = 0;
using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
try
{
    while (count == 0 || acknowledged < count)
    {
        var detail = $"{name} {acknowledged + 1}";
        log.Append(
            new AuditRecord
            {
                Event = "test.written",
                Decision = AuditDecision.Info,
                Detail = detail,
            },
            durable: mode == "durable"
        );
        acknowledged++;
        if (mode != "fill")
            output.Write(detail + "\n");
    }
}
catch (KmException e)
{
    if (mode != "fill")
    {
        Console.Error.WriteLine($"{e.Error.Code} {e.Error.Detail}");
        return 1;
    }

    var written = AuditReader.Read(directory, new AuditFilter { Event = "test.*" }).Count();
    output.Write($"{acknowledged} {written} {AuditVerifier.Verify(directory).Outcome} {e.Error.Code}\n");
}

return 0;
