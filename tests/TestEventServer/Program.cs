// A real child process for tests. TestEventServer PROVIDER CONNECTION
//
// Serves /api/events on a port of its own, whose address it writes as a line to stdout, until its standard input ends or it is killed.

using Kilometers.Api.Configuration;
using TestEventServer;

await using var server = await EventServer.StartAsync(
    new DatabaseOptions { Provider = Enum.Parse<DatabaseProvider>(args[0]), ConnectionString = args[1] },
    new EventOptions(),
    TimeProvider.System
);
Console.WriteLine(server.Address);
await Console.In.ReadToEndAsync();
await server.StopAsync();
