// Events per second into a database, durably, in batches of 100 events with 1 KB each (bench/ingest.sh compares them). Half as many events are
// written before, until the code is compiled as it will be on a server that has run for a while.
//   store PROVIDER CONNECTION N     N events through the writer that requests share, 64 batches waiting
//   http PROVIDER CONNECTION N      N events over HTTP from 8 connections; client and server share this process
//   bare FOLDER N GROUP             N events by a prepared insert into SQLite, GROUP per transaction; nothing else
// PROVIDER: Sqlite or PostgreSql. Prints one line of JSON.
using System.Globalization;
using Kilometers.Api.Configuration;
using Kilometers.IngestBench;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static DatabaseOptions Database(string provider, string connection) =>
    new() { Provider = Enum.Parse<DatabaseProvider>(provider), ConnectionString = connection };

Console.WriteLine(
    args switch
    {
        ["store", var provider, var connection, var count] => await StoreBench.RunAsync(Database(provider, connection), Number(count)),
        ["http", var provider, var connection, var count] => await HttpBench.RunAsync(Database(provider, connection), Number(count)),
        ["bare", var folder, var count, var group] => BareSqlite.Run(folder, Number(count), Number(group)),
        _ => throw new ArgumentException("store PROVIDER CONNECTION N | http PROVIDER CONNECTION N | bare FOLDER N GROUP"),
    }
);
