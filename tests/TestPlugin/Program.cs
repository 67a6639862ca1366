// A plugin that behaves as its environment asks. By itself it is a Free plugin called "test-plugin" that accepts everything.
//
//   TESTPLUGIN_RECORD=PATH            appends one JSON line per call to PATH, written through at once: {"call":"message","sequence":1,
//                                     "direction":"Inbound","kind":"Request","method":…,"id":…,"name":…,"correlation":…,"request":…,"size":…,
//                                     "payload":…,"omitted":…,"truncated":…,"error":…,"latency":…(ns)}; other calls: "start" (with "pid"),
//                                     "authenticate" (token, key), "initialize" (session, label, color, settings), "error", "event" (type, data), "shutdown"
//   TESTPLUGIN_RECORD_BUFFERED=1      the record is written through at shutdown and every 64 KiB only (for a million messages)
//   TESTPLUGIN_NAME=NAME              another name (a wrong one, too)
//   TESTPLUGIN_NAME_LENGTH=N          a name of N letters
//   TESTPLUGIN_TIER=Pro               another required tier; without TESTPLUGIN_GRANT the SDK then denies a session without entitlement
//   TESTPLUGIN_GRANT=FEATURES         authorizes whatever the tier, with a comma list of features
//   TESTPLUGIN_DENY=REASON            denies authorization
//   TESTPLUGIN_FAIL_INITIALIZE=REASON throws in InitializeAsync
//   TESTPLUGIN_THROW=all | METHOD     throws in HandleMessageAsync, for every message or for those of a method
//   TESTPLUGIN_DELAY_MS=N             each message takes N milliseconds
//   TESTPLUGIN_DELAY_FILE=PATH        the same, while there is a file PATH, which has N
//   TESTPLUGIN_HOLD=1                 each message blocks until it is cancelled, and throws that then, before it has returned a task
//   TESTPLUGIN_FREEZE_AT=POINT        blocks for ever at a point
//   TESTPLUGIN_EXIT_AT=POINT          ends at once with exit code 3 at a point
//   TESTPLUGIN_CRASH_AT=POINT         ends with an unhandled exception at a point
//                                     POINT: start (before the handshake), authenticate, initialize, shutdown, or N: the Nth message of this process
//   TESTPLUGIN_ONCE=PATH              FREEZE_AT, EXIT_AT and CRASH_AT happen only if PATH does not exist; it is created
//   TESTPLUGIN_PRINT_BEFORE=TEXT      prints TEXT to stdout before the handshake (which breaks the protocol)
//   TESTPLUGIN_ERROR_BEFORE=TEXT      prints TEXT to stderr before the handshake
//   TESTPLUGIN_PRINT_AFTER=N          prints N lines of 100 characters to stdout in InitializeAsync
//   TESTPLUGIN_ERROR_AFTER=N          prints N lines of 100 characters to stderr in InitializeAsync
//   TESTPLUGIN_PRINT_END=TEXT         prints TEXT to stdout at shutdown
//   TESTPLUGIN_COUNT=PATH             records no messages; counts them and checks their order instead (see OrderCounter.cs), and writes
//                                     "COUNT VIOLATIONS" to PATH now and then and at shutdown
//   TESTPLUGIN_LOG=TEXT               logs TEXT at Warning in InitializeAsync
//   TESTPLUGIN_METADATA_ONLY=1        wants no payloads
//   TESTPLUGIN_METHODS=GLOBS          wants methods of a comma list of globs only
//   TESTPLUGIN_SESSIONS=1             serves all sessions in one process, with an instance for each; FAIL_INITIALIZE=LABEL@REASON then
//                                     fails for the session of one server only; N of a POINT counts the messages of one session
//   TESTPLUGIN_PRINT=1                prints a line for each message, with the session's label
//   TESTPLUGIN_MIX=1                  prints the name of each call on the terminal of the session that began last
//   TESTPLUGIN_FATAL=METHOD           ends at once with exit code 3 at each message of a method
// Where it is asked about a call of a tool: "deny" and "replace" are stopped, "slow" is logged and never decided, at "throw" it throws.
// Messages test/fetch and test/raw make it use the network, see NetworkTrial.cs; test/given makes it log what km handed over to it.
using Kilometers.Plugin.Sdk;
using Kilometers.TestPlugin;

if (Behaviour.Setting("ERROR_BEFORE") is { } error)
    Console.Error.WriteLine(error);
if (Behaviour.Setting("PRINT_BEFORE") is { } text)
    Console.Out.WriteLine(text);
Behaviour.Reach("start");
using var recorder = new Recorder(Behaviour.Setting("RECORD"), Behaviour.Setting("RECORD_BUFFERED") is null);
return Behaviour.Setting("SESSIONS") is null
    ? await PluginServer.RunAsync(new RecorderPlugin(recorder))
    : await PluginServer.RunSessionsAsync(() => new RecorderPlugin(recorder));
